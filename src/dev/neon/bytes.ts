/** The client went away before it had sent what was awaited. */
export class StreamEnded extends Error {
  override name = 'StreamEnded';
}

/** Turns pushed chunks into reads of exactly n bytes, for a protocol whose frames have no alignment. */
export class ByteReader {
  #buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  push(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The next `length` bytes. Throws StreamEnded when the stream ends before. For one reader at a time. */
  async take(length: number): Promise<Buffer> {
    while (this.#buffer.length < length) {
      if (this.#ended) throw new StreamEnded('the client closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  /** All that arrived and was not taken. */
  rest(): Buffer {
    const rest = this.#buffer;
    this.#buffer = Buffer.alloc(0);
    return rest;
  }
}
