import type { QueryBuilder } from './drizzle.ts';
import type { BatchOptions } from './http.ts';
import type { Statement } from './statement.ts';

/** What a read needs: a `Database` (one-shot, over HTTP) or a `Transaction`. */
export interface Session {
  /** Any Drizzle query as a lazy statement: `session.statement((q) => q.select().from(users))`. */
  statement<T>(build: (q: QueryBuilder) => PromiseLike<T>): Statement<T>;
}

/** One request's way to the database. Opened without I/O; a one-shot statement is one HTTP request in autocommit. */
export interface Database extends Session {
  readonly kind: 'database';
  /** The same database, its one-shot reads sent to the primary instead of the replica. */
  readonly primary: Database;
  /**
   * Runs the statements in one explicit transaction, in one round trip, and gives their results as a tuple.
   * `build` is synchronous: the statements' inputs must all be known. Throws the first statement's error, nothing saved;
   * `commit_unknown` if the answer was lost.
   */
  batch<const S extends readonly Statement<unknown>[]>(
    build: (tx: Transaction) => S,
    options?: BatchOptions,
  ): Promise<Results<S>>;
  /** Ends what is still open. Anything tried afterwards throws `database_closed`. */
  close(): Promise<void>;
}

/** What a write needs: its statements are saved together or not at all. Not assignable to or from a `Database`. */
export interface Transaction extends Session {
  readonly kind: 'transaction';
}

export type Results<S extends readonly Statement<unknown>[]> = {
  -readonly [K in keyof S]: S[K] extends Statement<infer T> ? T : never;
};
