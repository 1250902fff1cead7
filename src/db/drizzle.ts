import { DrizzleQueryError, is } from 'drizzle-orm';
import { PgDialect, PgSelectBase } from 'drizzle-orm/pg-core';
import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy';
import { type Runner, Statement } from './statement.ts';
import { decodeObjects, decodeRows, encodeParam } from './values.ts';

/** Drizzle's query builder, without the parts that would leave the session: use `db.transaction` and `db.batch`. */
export type QueryBuilder = Omit<PgRemoteDatabase, 'transaction' | 'query' | '_' | '$cache'>;

const dialect = new PgDialect();

/**
 * A lazy statement from any Drizzle query: `statement(runner, (q) => q.select().from(users))`.
 * The builder is made per statement, so that its one query knows where to run and whether it is a read.
 */
export function drizzleStatement<T>(runner: Runner, build: (q: QueryBuilder) => PromiseLike<T>): Statement<T> {
  return new Statement(runner, async (target) => {
    let read = false;
    const builder = drizzle(
      async (text, params, method) => {
        const { fields, rows } = await target.run({ text, params: params.map(encodeParam), read });
        return { rows: method === 'execute' ? decodeObjects(fields, rows) : decodeRows(fields, rows) };
      },
      {},
      () => dialect,
    );
    const query = build(builder);
    read = is(query, PgSelectBase);
    try {
      return await new Promise<T>((resolve, reject) => query.then(resolve, reject)); // starts in this very tick
    } catch (error) {
      // Its message holds the SQL and the parameters; the cause is the transport's own error.
      throw error instanceof DrizzleQueryError ? error.cause : error;
    }
  });
}
