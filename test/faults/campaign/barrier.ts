/** Something broken for all cases at once, and when it is whole again. */
export interface Outage {
  readonly back: Promise<void>;
}

/** Holds the cases of a wave until each has come to its step, or to its end; then the action is done, once. */
export class Barrier {
  #missing: number;
  #action: (() => Promise<Outage>) | undefined;
  readonly #outage = Promise.withResolvers<Outage>();

  constructor(size: number) {
    this.#missing = size;
  }

  /** The place of one case. */
  place(): { join(action: () => Promise<Outage>): Promise<Outage>; leave(): void } {
    let arrived = false;
    const arrive = () => {
      if (!arrived && --this.#missing === 0 && this.#action) this.#outage.resolve(this.#action());
      arrived = true;
    };
    return {
      join: (action) => {
        this.#action ??= action;
        arrive();
        return this.#outage.promise;
      },
      leave: arrive,
    };
  }
}
