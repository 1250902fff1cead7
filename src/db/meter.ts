/** What a database has cost so far: live counters, from when it was opened. */
export interface DatabaseStats {
  /**
   * HTTP requests and WebSocket flushes, each attempt of a retry for itself. Not counted: the WebSocket's handshake, and
   * the message that ends a session, as nobody waits for its answer.
   */
  readonly roundTrips: number;
  /** ms in which one was waited for, the handshake before a first flush included; what is side by side counts once. */
  readonly ms: number;
}

/** Counts round trips, and the time in which any is under way. */
export class Meter implements DatabaseStats {
  #roundTrips = 0;
  #ms = 0;
  #underWay = 0;
  #since = 0;

  get roundTrips(): number {
    return this.#roundTrips;
  }

  get ms(): number {
    return this.#ms + (this.#underWay > 0 ? performance.now() - this.#since : 0);
  }

  /** Counts `roundTrip`, and waits until it has its answer or has failed. */
  async measure<T>(roundTrip: PromiseLike<T>): Promise<T> {
    this.#roundTrips++;
    if (this.#underWay++ === 0) this.#since = performance.now();
    try {
      return await roundTrip;
    } finally {
      if (--this.#underWay === 0) this.#ms += performance.now() - this.#since;
    }
  }
}
