const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

/**
 * Counts the round trips of one WebSocket: how often the client had something to say after it had heard an answer.
 *
 * The rule: the first bytes of a connection start round trip 1. Bytes from the client start a further one when it
 * has *received* server bytes since the last one started. A Terminate message alone starts none.
 *
 * "Received" is exact, not a guess from arrival times: right before the first server bytes of a turn the proxy sends a
 * WebSocket ping. RFC 6455 (5.5.2) makes every client answer it, in the order of the stream. So whatever arrives before
 * the pong was sent without knowledge of the answer: two frames sent in one tick are one round trip, even if Postgres
 * answers the first before the second is here.
 */
export class Turns {
  #heard = true;
  #pinged = false;
  #mark = 0;

  /** Client bytes arrived: true if they start a round trip. `aligned`: they begin at a message's beginning. */
  fromClient(chunk: Buffer, aligned: boolean): boolean {
    if (!this.#heard || chunk.length === 0) return false;
    if (aligned && chunk.equals(TERMINATE)) return false;
    this.#heard = false;
    this.#pinged = false;
    return true;
  }

  /** Server bytes are about to leave: the payload of the ping to send before them, if one is due. */
  toClient(): string | undefined {
    if (this.#heard || this.#pinged) return undefined;
    this.#pinged = true;
    this.#mark += 1;
    return String(this.#mark);
  }

  /** A pong arrived. */
  pong(payload: string): void {
    if (payload === String(this.#mark)) this.#heard = true;
  }
}
