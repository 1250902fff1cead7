import { AppError } from '../errors.ts';
import { assertNoControl } from './control.ts';
import type { Database, InteractiveTransaction } from './database.ts';
import { drizzleStatement } from './drizzle.ts';
import { Hooks } from './hooks.ts';
import { aborted, type Entry, type Pipeline } from './pipeline.ts';
import type { Runner } from './statement.ts';
import type { Result } from './transport.ts';

/** What a statement gives that nobody waits for. */
const NOTHING: Result = { fields: [], rows: [], command: '' };

/** What the savepoints of one transaction share. */
interface Shared {
  readonly database: Database;
  readonly pipeline: Pipeline;
  savepoints: number;
}

/** The transaction itself or one of its savepoints: the handle its callback gets, and when that may be used. */
export class Scope {
  readonly hooks = new Hooks();
  readonly handle: InteractiveTransaction;
  readonly #shared: Shared;
  #finished = false;
  /** The savepoint that is open. */
  #inner: Scope | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(shared: Shared) {
    this.#shared = shared;
    const runner: Runner = {
      transferable: false,
      run: (query) => {
        this.#assertUsable();
        assertNoControl(query);
        return shared.pipeline.run(query);
      },
    };
    const rider: Runner = {
      transferable: false,
      run: async (query) => {
        this.#assertUsable();
        assertNoControl(query);
        shared.pipeline.ride(query);
        return NOTHING;
      },
    };
    this.handle = {
      kind: 'transaction',
      database: shared.database,
      runner,
      statement: (build) => drizzleStatement(runner, build),
      transaction: (fn) => this.#nested(fn),
      ride: async (build) => void (await drizzleStatement(rider, build)),
      afterCommit: (hook) => this.hooks.add('commit', hook),
      afterRollback: (hook) => this.hooks.add('rollback', hook),
    };
  }

  /** Whether a savepoint is still open: what it has written so far must not be saved without the rest. */
  get busy(): boolean {
    return this.#inner !== undefined;
  }

  /** Refuses further statements, also those of savepoints that are open. */
  finish(): void {
    this.#finished = true;
    this.#inner?.finish();
  }

  #assertUsable(): void {
    if (this.#finished) {
      throw new AppError('transaction_finished', 'The transaction had ended before this statement ran');
    }
    // It would run inside the savepoint, and be undone with it.
    if (this.#inner) throw new AppError('misuse', 'Use the inner transaction while it is open');
  }

  /**
   * Side by side savepoints take turns: they share one connection. Each begins two ticks late, so that the statements that
   * were started beside it, as in `Promise.all`, come before the savepoint and not into it.
   */
  #nested<T>(fn: (tx: InteractiveTransaction) => PromiseLike<T>): Promise<T> {
    const result = this.#turn.then(() => {}).then(() => this.#savepoint(fn));
    this.#turn = result.catch(() => {}); // the caller gets the error; the next in turn does not mind
    return result;
  }

  async #savepoint<T>(fn: (tx: InteractiveTransaction) => PromiseLike<T>): Promise<T> {
    this.#assertUsable();
    const { pipeline } = this.#shared;
    const name = `kura_${++this.#shared.savepoints}`;
    const entry = pipeline.queue(`savepoint ${name}`);
    const inner = new Scope(this.#shared);
    this.#inner = inner;
    try {
      const value = await fn(inner.handle);
      const forgotten = inner.busy;
      inner.finish();
      await pipeline.idle();
      if (pipeline.failure) throw aborted(pipeline.failure);
      if (forgotten) throw stillOpen();
      if (!pipeline.takeBack(entry)) pipeline.queue(`release savepoint ${name}`);
      this.hooks.adopt(inner.hooks, false);
      return value;
    } catch (error) {
      inner.finish();
      await pipeline.idle();
      undo(pipeline, entry, name);
      this.hooks.adopt(inner.hooks, true);
      throw error;
    } finally {
      this.#inner = undefined;
    }
  }
}

/** The body ended while a savepoint of it went on: it was not awaited. */
export const stillOpen = (): AppError =>
  new AppError('misuse', 'The transaction ended while one inside it was open: await it');

/** Rolls back to the savepoint, if it was ever made: one that was not is no place to return to. */
function undo(pipeline: Pipeline, entry: Entry, name: string): void {
  if (entry.state === 'queued') pipeline.cutOff(entry);
  if (entry.state !== 'done') return;
  pipeline.queue(`rollback to savepoint ${name}`);
  pipeline.queue(`release savepoint ${name}`);
  pipeline.recover();
}
