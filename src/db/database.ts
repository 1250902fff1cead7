import type { QueryBuilder } from './drizzle.ts';
import type { Hook } from './hooks.ts';
import type { DatabaseStats } from './meter.ts';
import type { Runner, Statement } from './statement.ts';

/** What a read needs: a `Database` (one-shot, over HTTP) or a `Transaction`. */
export interface Session {
  /** What its statements run on. */
  readonly runner: Runner;
  /** Any Drizzle query as a lazy statement: `session.statement((q) => q.select().from(users))`. */
  statement<T>(build: (q: QueryBuilder) => PromiseLike<T>): Statement<T>;
}

/** One request's way to the database. Opened without I/O; a one-shot statement is one HTTP request in autocommit. */
export interface Database extends Session {
  readonly kind: 'database';
  /** The same database, its one-shot reads sent to the primary instead of the replica. */
  readonly primary: Database;
  /** What was sent since it was opened, to the replica and the primary together. */
  readonly stats: DatabaseStats;
  /**
   * The database itself where this one is part of a unit of work that may be undone, as a request with an
   * `Idempotency-Key` is; else this. For what must be saved whatever becomes of the rest: a counted attempt.
   */
  readonly outside: Database;
  /**
   * Runs the statements in one explicit transaction, in one round trip, and gives their results as a tuple.
   * `build` is synchronous: the statements' inputs must all be known. Throws the first statement's error, nothing saved;
   * `commit_unknown` if the answer was lost.
   */
  batch<const S extends readonly Statement<unknown>[]>(
    build: (tx: Transaction) => S,
    options?: BatchOptions,
  ): Promise<Results<S>>;
  /**
   * Runs `fn` in a transaction over one WebSocket session, and gives its result once that is committed. Statements of one
   * tick leave together; a body that waits n times costs n + 1 round trips after the handshake. The whole of `fn` is run
   * again after a serialization failure, a deadlock, or a connection lost before COMMIT. Throws what `fn` throws, nothing
   * saved; `transaction_aborted` if `fn` swallowed the error of a statement; `commit_unknown` if nobody can know.
   */
  transaction<T>(fn: (tx: InteractiveTransaction) => PromiseLike<T>, options?: TransactionOptions): Promise<T>;
  /** Ends what is still open. Anything tried afterwards throws `database_closed`. */
  close(): Promise<void>;
}

/** What a write needs: its statements are saved together or not at all. Not assignable to or from a `Database`. */
export interface Transaction extends Session {
  readonly kind: 'transaction';
  /** The database it runs on; what is run there is not part of the transaction. */
  readonly database: Database;
  /**
   * Runs `hook` once the outermost transaction is committed. Its error is logged, and changes nothing; it is waited for,
   * outside of the transaction's deadline.
   */
  afterCommit(hook: Hook): void;
  /** Runs `hook` once it is known that this transaction, or the savepoint it was given in, is rolled back. */
  afterRollback(hook: Hook): void;
}

/** A transaction whose statements can be awaited one after the other. */
export interface InteractiveTransaction extends Transaction {
  /** Runs `fn` in a savepoint: if it fails, its own writes are undone and this transaction remains usable. */
  transaction<T>(fn: (tx: InteractiveTransaction) => PromiseLike<T>): Promise<T>;
  /**
   * Adds a statement to what leaves next, at the latest to COMMIT: it costs no round trip, and nobody gets its result. If it
   * fails, nothing is saved, and what has left behind it fails with its error. Settles before it has left; throws `misuse`.
   */
  ride(build: (q: QueryBuilder) => PromiseLike<unknown>): Promise<void>;
}

export interface BatchOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
  /** Serializable and read-only: waits for a snapshot that cannot fail, then runs without the cost of tracking. */
  readonly deferrable?: boolean;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  /** Settings for this transaction alone, as `app.user_id`; a policy reads one by `current_setting('app.user_id')`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface TransactionOptions extends BatchOptions {
  /** Whether an error of the body rolls back; default: always. The error is thrown either way. */
  readonly rollbackOn?: (error: unknown) => boolean;
  /** false: run, then roll back, whatever happens. */
  readonly commit?: boolean;
  /** ms for everything, retries included; default: the database's request timeout. */
  readonly deadlineMs?: number;
  /** How often the whole body may be run again. */
  readonly retries?: number;
}

export type Results<S extends readonly Statement<unknown>[]> = {
  -readonly [K in keyof S]: S[K] extends Statement<infer T> ? T : never;
};
