import { type SQL, sql } from 'drizzle-orm';
import type { Session } from '../database.ts';
import type { Statement } from '../statement.ts';
import { at, type Entity } from './entity.ts';
import { NOT_FOUND, notFound, STALE_VERSION, staleVersion } from './failure.ts';
import { isTransaction } from './lock.ts';
import { type RowQuery, readRows, writeRows } from './query.ts';

export interface One {
  /** Gives the row, or none. */
  readonly row: SQL;
  /** Gives a row if there is one at all: then, if `row` gave none, its version was another. */
  readonly current?: SQL | undefined;
  readonly load?: RowQuery['load'];
  /** Whether `row` changes the database. */
  readonly writes: boolean;
  /** Whether it is an error that there is no such row. */
  readonly required: boolean;
}

/**
 * The row of an id, `stale_version` and `not_found` told apart, in one statement. In a batch, which cannot look at a
 * result before it is saved, the database itself raises the error, so that nothing of the batch is. In an interactive
 * transaction the error is raised here, and the transaction remains usable.
 */
export function one<R>(session: Session, entity: Entity, query: One): Statement<R | undefined> {
  const { row, current, load = {}, writes, required } = query;
  const found = sql`${at(entity.name, entity.id)} is not null`;
  const another = current ? sql`exists (select from "kura.current")` : sql`false`;
  const fail = (state: string) => sql`kura_fail(${state}, ${entity.name})`;
  const guard = sql` where case when ${found} then true when ${another} then ${fail(STALE_VERSION)} else ${
    required ? fail(NOT_FOUND) : sql`true`
  } end`;
  // The names hold a dot, so that they hide no table from a relation's subquery.
  const ctes = { ...(current && { 'kura.current': current }), 'kura.row': row };
  const from = sql`(select) as "kura.one" left join "kura.row" as ${sql.identifier(entity.name)} on true${isBatch(session) ? guard : sql``}`;
  const run = writes ? writeRows<R> : readRows<R>;
  return run(session, entity, { ctes, from, load, extra: { found, another } }).map(([result]) => {
    if (result?.extra.found) return result.row;
    if (result?.extra.another) throw staleVersion(entity);
    if (required) throw notFound(entity);
    return undefined;
  });
}

/** Whether the session is a batch: a transaction that cannot open another inside itself. */
export const isBatch = (session: Session): boolean => isTransaction(session) && !('transaction' in session);
