import { type SQL, sql } from 'drizzle-orm';
import type { Session } from '../database.ts';
import type { Statement } from '../statement.ts';
import { at, type Entity } from './entity.ts';
import { type Refusal, refused, stateOf } from './failure.ts';
import { isTransaction } from './lock.ts';
import { type RowQuery, readRows, writeRows } from './query.ts';

export interface One {
  /** Gives the row, or none. */
  readonly row: SQL;
  /** Gives the row as it is, if `row` gave none: the `refusals` look at it, as `"kura.current"`. */
  readonly current?: SQL | undefined;
  /** Why `row` may have given none, each with the condition that tells; the first that holds is thrown. */
  readonly refusals?: readonly (readonly [code: Refusal, when: SQL])[];
  readonly load?: RowQuery['load'];
  /** Whether `row` changes the database. */
  readonly writes: boolean;
  /** Whether it is an error that there is no such row. */
  readonly required: boolean;
}

/**
 * The row of an id, the refusals and `not_found` told apart, in one statement. In a batch, which cannot look at a
 * result before it is saved, the database itself raises the error, so that nothing of the batch is. In an interactive
 * transaction the error is raised here, and the transaction remains usable.
 */
export function one<R>(session: Session, entity: Entity, query: One): Statement<R | undefined> {
  const { row, current, refusals = [], load = {}, writes, required } = query;
  const found = sql`${at(entity.name, entity.id)} is not null`;
  const fail = (code: Refusal) => sql`kura_fail(${stateOf(code)}, ${entity.name})`;
  const cases = refusals.map(([code, when]) => sql` when ${when} then ${fail(code)}`);
  const guard = sql` where case when ${found} then true${sql.join(cases)} else ${
    required ? fail('not_found') : sql`true`
  } end`;
  // The names hold a dot, so that they hide no table from a relation's subquery.
  const ctes = { ...(current && { 'kura.current': current }), 'kura.row': row };
  const from = sql`(select) as "kura.one" left join "kura.row" as ${sql.identifier(entity.name)} on true${isBatch(session) ? guard : sql``}`;
  const run = writes ? writeRows<R> : readRows<R>;
  const extra = { found, ...Object.fromEntries(refusals) };
  return run(session, entity, { ctes, from, load, extra }).map(([result]) => {
    if (result?.extra.found) return result.row;
    for (const [code] of refusals) if (result?.extra[code]) throw refused(code, entity);
    if (required) throw refused('not_found', entity);
    return undefined;
  });
}

/** Whether the session is a batch: a transaction that cannot open another inside itself. */
export const isBatch = (session: Session): boolean => isTransaction(session) && !('transaction' in session);
