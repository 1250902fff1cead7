/**
 * The injected round-trip time. One half is spent on the way in and one on the way out, so that a client which
 * waits n times pays n round trips, as over a real network.
 */
export class Latency {
  #halfMs = 0;

  /** @param ms round-trip time in milliseconds, 0 or more */
  constructor(ms = 0) {
    this.set(ms);
  }

  /** Half of the round-trip time, in milliseconds. */
  get halfMs(): number {
    return this.#halfMs;
  }

  /** Changes the round-trip time (milliseconds) for everything that sets out from now on. */
  set(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError('latency must be a number of milliseconds, 0 or more');
    this.#halfMs = ms / 2;
  }

  /** One way through the network, alone in a lane: resolves after half of the round-trip time, never before. */
  halfway(): Promise<void> {
    return new Promise((resolve) => new Lane(this).run(resolve));
  }
}

/** One direction of one connection: runs each task half a round trip later, in the order they came. */
export class Lane {
  readonly #latency: Latency;
  #waiting: { due: number; task: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(latency: Latency) {
    this.#latency = latency;
  }

  run(task: () => void): void {
    if (this.#latency.halfMs === 0 && this.#waiting.length === 0) {
      task();
      return;
    }
    // Where the latency has fallen since, a task still waits for those before it.
    this.#waiting.push({ due: performance.now() + this.#latency.halfMs, task });
    this.#arm();
  }

  /** Forgets what is still under way: the connection is gone. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  #arm(): void {
    const next = this.#waiting[0];
    if (!next || this.#timer) return;
    this.#timer = setTimeout(() => this.#arrive(), Math.max(next.due - performance.now(), 0));
  }

  #arrive(): void {
    this.#timer = undefined;
    // A timer drops the fraction of its milliseconds: who is not due yet is waited for once more.
    // The head leaves the queue only after it ran, so that a task which it starts queues behind the rest.
    for (let head = this.#waiting[0]; head && head.due <= performance.now(); head = this.#waiting[0]) {
      head.task();
      if (this.#waiting[0] === head) this.#waiting.shift();
    }
    this.#arm();
  }
}
