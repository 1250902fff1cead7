import { AppError } from '../errors.ts';
import type { Query, Result } from './transport.ts';

/** What a statement runs on: one-shot HTTP, the batch being collected, or the transaction's socket. */
export interface Runner {
  /** Whether a statement made for this runner may be run by another one: one made on a `Database`, in a batch. */
  readonly transferable: boolean;
  run(query: Query): Promise<Result>;
}

/**
 * What to run and how to read the result: what a repository method returns. Lazy: nothing happens until it is awaited
 * or given to `db.batch`. It runs once, and awaiting it again gives the same result.
 */
export class Statement<T> implements PromiseLike<T> {
  /** What it runs on when it is awaited. */
  readonly runner: Runner;
  readonly #execute: (runner: Runner) => Promise<T>;
  #result: Promise<T> | undefined;

  constructor(runner: Runner, execute: (runner: Runner) => Promise<T>) {
    this.runner = runner;
    this.#execute = execute;
  }

  // biome-ignore lint/suspicious/noThenProperty: a statement is awaited
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#result ??= this.#execute(this.runner);
    return this.#result.then(onFulfilled, onRejected);
  }

  /** The same statement, its result passed through `read`. */
  map<U>(read: (value: T) => U): Statement<U> {
    return new Statement(this.runner, (runner) => this.runOn(runner).then(read));
  }

  /** Runs the statement on `runner` instead of its own session. Throws `misuse` if it belongs to another transaction. */
  runOn(runner: Runner): Promise<T> {
    if (runner !== this.runner) {
      if (this.#result) throw new AppError('misuse', 'The statement has already run; a batch takes only new ones');
      if (!this.runner.transferable) throw new AppError('misuse', 'The statement belongs to another transaction');
    }
    this.#result ??= this.#execute(runner);
    return this.#result;
  }
}
