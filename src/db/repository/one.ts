import { type SQL, sql } from 'drizzle-orm';
import type { Session, Transaction } from '../database.ts';
import type { Statement } from '../statement.ts';
import { at, type Entity } from './entity.ts';
import { type Refusal, refused, stateOf } from './failure.ts';
import { isTransaction } from './lock.ts';
import { type RowQuery, type Selecting, selectSql, writeRows } from './query.ts';

export interface One {
  /** Gives the row, or none. */
  readonly row: Selecting;
  /** Gives the row as it is, if `row` gave none: the `refusals` look at it, as `"kura.current"`. */
  readonly current?: SQL | undefined;
  /** Why `row` may have given none, each with the condition that tells; the first that holds is thrown. */
  readonly refusals?: readonly (readonly [code: Refusal, when: SQL])[];
  readonly load?: RowQuery['load'];
  /** Whether it is an error that there is no such row. */
  readonly required: boolean;
}

/**
 * The row of an id, the refusals and `not_found` told apart, in one statement. In a batch, which cannot look at a
 * result before it is saved, the database itself raises the error, so that nothing of the batch is. In an interactive
 * transaction the error is raised here, and the transaction remains usable.
 */
export function one<R>(tx: Transaction, entity: Entity, query: One): Statement<R | undefined> {
  const { row, load = {}, refusals = [], required } = query;
  const missing = (): undefined => {
    if (required) throw refused('not_found', entity);
  };
  if (!isBatch(tx) && refusals.length === 0) {
    return writeRows<R>(tx, entity, row).map(([result]) => result?.row ?? missing());
  }
  const found = sql`${at(entity.name, entity.id)} is not null`;
  const extra = { found, ...Object.fromEntries(refusals) };
  return writeRows<R>(tx, entity, selectSql(told(tx, entity, query, found)), { load, extra }).map(([result]) => {
    if (result?.extra.found) return result.row;
    for (const [code] of refusals) if (result?.extra[code]) throw refused(code, entity);
    return missing();
  });
}

/** One row in any case, its columns empty where `row` gave none, so that the refusals can be told beside it. */
function told(tx: Transaction, entity: Entity, { row, current, refusals = [], required }: One, found: SQL): RowQuery {
  const fail = (code: Refusal) => sql`kura_fail(${stateOf(code)}, ${entity.name})`;
  const cases = refusals.map(([code, when]) => sql` when ${when} then ${fail(code)}`);
  const otherwise = required ? fail('not_found') : sql`true`;
  const guard = sql` where case when ${found} then true${sql.join(cases)} else ${otherwise} end`;
  // The names hold a dot, so that they hide no table from a relation's subquery.
  const ctes = { ...(current && { 'kura.current': current }), 'kura.row': row(sql`*`) };
  const joined = sql`(select) as "kura.one" left join "kura.row" as ${sql.identifier(entity.name)} on true`;
  return { ctes, from: isBatch(tx) ? sql`${joined}${guard}` : joined };
}

/** Whether the session is a batch: a transaction that cannot open another inside itself. */
export const isBatch = (session: Session): session is Transaction =>
  isTransaction(session) && !('transaction' in session);
