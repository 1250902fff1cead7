import { AppError } from '../errors.ts';
import type { Database, InteractiveTransaction } from './database.ts';
import { drizzleStatement } from './drizzle.ts';
import { Hooks } from './hooks.ts';
import { aborted, type Entry, type Pipeline } from './pipeline.ts';
import type { Runner } from './statement.ts';

/** Statements that would end the transaction behind the runner's back, and make a commit out of nothing. */
const CONTROL = /^\s*(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i;

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
  #state: 'open' | 'inner' | 'finished' = 'open';
  #turn: Promise<unknown> = Promise.resolve();

  constructor(shared: Shared) {
    this.#shared = shared;
    const runner: Runner = {
      transferable: false,
      run: (query) => {
        this.#assertUsable();
        if (CONTROL.test(query.text))
          throw new AppError('misuse', 'The transaction itself begins, saves and ends: use its methods');
        return shared.pipeline.run(query);
      },
    };
    this.handle = {
      kind: 'transaction',
      database: shared.database,
      statement: (build) => drizzleStatement(runner, build),
      transaction: (fn) => this.#nested(fn),
      afterCommit: (hook) => this.hooks.add('commit', hook),
      afterRollback: (hook) => this.hooks.add('rollback', hook),
    };
  }

  finish(): void {
    this.#state = 'finished';
  }

  #assertUsable(): void {
    if (this.#state === 'finished') {
      throw new AppError('transaction_finished', 'The transaction had ended before this statement ran');
    }
    // It would run inside the savepoint, and be undone with it.
    if (this.#state === 'inner') throw new AppError('misuse', 'Use the inner transaction while it is open');
  }

  /** Side by side savepoints take turns: they share one connection. */
  #nested<T>(fn: (tx: InteractiveTransaction) => Promise<T>): Promise<T> {
    const result = this.#state === 'inner' ? this.#turn.then(() => this.#savepoint(fn)) : this.#savepoint(fn);
    this.#turn = result.catch(() => {}); // the caller gets the error; the next in turn does not mind
    return result;
  }

  async #savepoint<T>(fn: (tx: InteractiveTransaction) => Promise<T>): Promise<T> {
    this.#assertUsable();
    const { pipeline } = this.#shared;
    const name = `kura_${++this.#shared.savepoints}`;
    const entry = pipeline.queue(`savepoint ${name}`);
    const inner = new Scope(this.#shared);
    this.#state = 'inner';
    try {
      const value = await fn(inner.handle);
      inner.finish();
      await pipeline.idle();
      if (pipeline.failure) throw aborted(pipeline.failure);
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
      if (this.#state === 'inner') this.#state = 'open';
    }
  }
}

/** Rolls back to the savepoint, if it was ever made: one that was not is no place to return to. */
function undo(pipeline: Pipeline, entry: Entry, name: string): void {
  if (entry.state === 'queued') pipeline.takeBack(entry);
  if (entry.state !== 'done') return;
  pipeline.queue(`rollback to savepoint ${name}`);
  pipeline.queue(`release savepoint ${name}`);
  pipeline.recover();
}
