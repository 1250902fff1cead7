import { Cancelled } from './errors.ts';

/** Lets a fixed number in at once; the others wait in line. */
export class Gate {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves when there is a place, which `leave` gives back. Throws Cancelled if `signal` is aborted before. */
  async enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Cancelled();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const giveUp = () => {
      this.#line.splice(this.#line.indexOf(turn.resolve), 1);
      turn.reject(new Cancelled());
    };
    this.#line.push(turn.resolve);
    signal.addEventListener('abort', giveUp);
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  leave(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#free += 1;
  }
}
