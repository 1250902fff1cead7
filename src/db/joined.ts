import { sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import { runBatch } from './batch.ts';
import type { Database, InteractiveTransaction, TransactionOptions } from './database.ts';
import { drizzleStatement, type QueryBuilder } from './drizzle.ts';
import type { Runner } from './statement.ts';
import type { Query } from './transport.ts';

/** All that somebody writes through a database, saved together or not at all. */
export interface UnitOfWork {
  /**
   * A database whose first write begins one transaction, which all later ones join, each as a savepoint: one that fails is
   * undone by itself, and the others go on. They take turns, so one inside another waits for ever: that one is for
   * `outside`. A read goes to the database itself before the first write, and while one is under way; afterwards it sees
   * what was written. Nothing is run again by itself, and hooks run once all is committed or undone.
   */
  readonly database: Database;
  /** Saves all of it, and `last` in the round trip of COMMIT. Throws as `Database.transaction` does. */
  commit(last: (q: QueryBuilder) => PromiseLike<unknown>): Promise<void>;
  /** Undoes all of it. Never throws. */
  rollback(): Promise<void>;
}

/** The transaction that all join. */
interface Opened {
  readonly handle: Promise<InteractiveTransaction>;
  readonly isolation: TransactionOptions['isolation'];
  readonly outcome: Promise<void>;
  readonly end: () => void;
  readonly undo: (reason: Error) => void;
}

/** What a request does as one on `outside`. `first` may let statements ride before all others: a lock. */
export function unitOfWork(outside: Database, first: (tx: InteractiveTransaction) => PromiseLike<unknown>): UnitOfWork {
  let opened: Opened | undefined;
  let running = 0;
  let over = false;
  /** The settings that parts have made so far; the next part does not inherit them. */
  const settings: Record<string, string> = {};

  async function join<T>(
    options: TransactionOptions,
    body: (tx: InteractiveTransaction) => PromiseLike<T>,
  ): Promise<T> {
    if (over) throw new AppError('transaction_finished', 'The unit of work had ended before this statement ran');
    assertJoinable(options, opened);
    const begins = !opened;
    opened ??= begin(outside, first, options);
    running++;
    try {
      const tx = await opened.handle;
      return await tx.transaction(async (inner) => {
        if (!begins) await configure(inner, { ...settings, ...own(options) });
        for (const name of Object.keys(options.settings ?? {})) settings[name] = '';
        return body(inner);
      });
    } finally {
      running--;
    }
  }

  const view = (reads: Database): Database => {
    const runner: Runner = {
      transferable: true,
      run: (query) =>
        query.read && (!opened || running > 0 || over)
          ? reads.runner.run(query)
          : join({}, (inner) => inner.runner.run(query)),
    };
    return {
      kind: 'database',
      stats: outside.stats,
      get primary() {
        return reads === reads.primary ? this : view(reads.primary);
      },
      get outside() {
        return outside.outside;
      },
      runner,
      statement: (build) => drizzleStatement(runner, build),
      async batch(build, options = {}) {
        if (options.readOnly && !opened) return outside.batch(build, options);
        return join(options, (inner) => {
          const { database, runner, afterCommit, afterRollback } = inner;
          const send = (queries: readonly Query[]) => Promise.all(queries.map(runner.run));
          return runBatch(database, { send }, (tx) => build({ ...tx, afterCommit, afterRollback }));
        });
      },
      async transaction(fn, options = {}) {
        return options.readOnly && !opened ? outside.transaction(fn, options) : join(options, fn);
      },
      close: () => outside.close(),
    };
  };

  return {
    database: view(outside),
    async commit(last) {
      over = true;
      opened ??= begin(outside, first, {});
      const tx = await opened.handle;
      await tx.transaction((inner) => inner.ride(last)); // in its turn: a write may be under way that nobody awaits
      opened.end();
      await opened.outcome;
    },
    async rollback() {
      over = true;
      opened?.undo(new Error('undone'));
      await opened?.outcome.catch(() => {});
    },
  };
}

/** Begins the transaction, and keeps it open until it is told its end. */
function begin(
  outside: Database,
  first: (tx: InteractiveTransaction) => PromiseLike<unknown>,
  { isolation, ...options }: TransactionOptions,
): Opened {
  const { promise: handle, resolve, reject } = Promise.withResolvers<InteractiveTransaction>();
  const { promise: ended, resolve: end, reject: undo } = Promise.withResolvers<void>();
  const body = async (tx: InteractiveTransaction) => {
    await first(tx);
    resolve(tx);
    await ended;
  };
  ended.catch(() => {}); // the body may have failed before, and not wait for it
  const outcome = outside.transaction(body, { ...options, ...(isolation && { isolation }), retries: 0 });
  outcome.catch(reject);
  return { handle, isolation, outcome, end, undo };
}

/** Throws `misuse` for what a part of a transaction cannot have. */
function assertJoinable({ commit, rollbackOn, isolation }: TransactionOptions, opened: Opened | undefined): void {
  const whole = opened ? (opened.isolation ?? 'read committed') : isolation;
  if (commit !== undefined || rollbackOn || (isolation && isolation !== whole)) {
    throw new AppError('misuse', 'The options of a unit of work are those of its first write; it is saved as one');
  }
}

/** What a part after the first may have of its own. */
const own = ({ settings, statementTimeoutMs, lockTimeoutMs, readOnly }: TransactionOptions) => ({
  ...(statementTimeoutMs !== undefined && { statement_timeout: String(statementTimeoutMs) }),
  ...(lockTimeoutMs !== undefined && { lock_timeout: String(lockTimeoutMs) }),
  ...(readOnly && { transaction_read_only: 'on' }), // Postgres takes it back with the savepoint
  ...settings,
});

async function configure(tx: InteractiveTransaction, values: Readonly<Record<string, string>>): Promise<void> {
  const calls = Object.entries(values).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  if (calls.length > 0) await tx.ride((q) => q.execute(sql`select ${sql.join(calls, sql`, `)}`));
}
