const TERMINATE = 0x58;
/** The requests for encryption that may come before the start-up packet: SSLRequest and GSSENCRequest. */
const ENCRYPTION_REQUESTS = new Set([80877103, 80877104]);

/**
 * Follows the messages of a client, from the start-up packet on, in a byte stream that has no message alignment
 * (https://www.postgresql.org/docs/18/protocol-message-formats.html). It keeps none of them.
 */
export class FrontendStream {
  #header = Buffer.alloc(0);
  #left = 0;
  /** Before the start-up packet is through, packets have no type byte. */
  #started = false;
  #terminated = false;

  /** The last message that began was Terminate. */
  get terminated(): boolean {
    return this.#terminated;
  }

  /** The next byte begins a message. */
  get aligned(): boolean {
    return this.#started && this.#left === 0 && this.#header.length === 0;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.#left, chunk.length - at);
      this.#left -= skipped;
      at += skipped;
      const header = chunk.subarray(at, at + (this.#started ? 5 : 8) - this.#header.length);
      this.#header = Buffer.concat([this.#header, header]);
      at += header.length;
      if (this.#header.length < (this.#started ? 5 : 8)) return;
      this.#readHeader(this.#header);
      this.#header = Buffer.alloc(0);
    }
  }

  /** A length counts itself; one that is too small is for others to refuse. */
  #readHeader(header: Buffer): void {
    if (this.#started) {
      this.#left = Math.max(header.readUInt32BE(1) - 4, 0);
      this.#terminated = header[0] === TERMINATE;
    } else {
      this.#left = Math.max(header.readUInt32BE(0) - 8, 0);
      this.#started = !ENCRYPTION_REQUESTS.has(header.readUInt32BE(4));
    }
  }
}
