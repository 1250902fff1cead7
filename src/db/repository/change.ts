import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { Session, Transaction } from '../database.ts';
import { filterSql } from '../filters.ts';
import type { Statement } from '../statement.ts';
import { arrayLiteral, encode } from './encode.ts';
import { all, at, type Entity, scopeOf } from './entity.ts';
import { isTransaction } from './lock.ts';
import { one } from './one.ts';
import type { Selecting } from './query.ts';

/** The version that a row must still have, or one of several; no matter which if not given. */
export interface Expecting {
  readonly version?: number | readonly number[] | undefined;
}

/** What a row must be, beside having its id, for it to be changed. */
export interface Conditions extends Expecting {
  /** A row that is not of this filter is not there: `not_found`. */
  readonly where?: object | undefined;
  /** A row that is there and not of this filter is `forbidden`. */
  readonly allowed?: object | undefined;
}

/** How rows are changed: `update … set`, or `delete from`. `set` undefined leaves them as they are. */
export type Change = { readonly set: SQL | undefined } | 'remove';

/**
 * Changes the row of this id if it meets the conditions. Where that changes nothing, the row is looked for by locking it,
 * which sees its latest state: so `forbidden` and `stale_version` are told from `not_found` also in a race.
 */
export function changeOne<R>(
  tx: Transaction,
  entity: Entity,
  id: unknown,
  change: Change,
  conditions: Conditions & { readonly required: boolean; readonly only?: SQL | undefined },
): Statement<R | undefined> {
  assertTransaction(tx);
  const { version, required, only } = conditions;
  const there = filterSql(entity, conditions.where);
  const target = all(sql`${at(entity.name, entity.id)} = ${encode(entity.id, id)}`, scopeOf(entity), only, there);
  const allowed = filterSql(entity, conditions.allowed);
  const expected = version === undefined ? undefined : versionIs(entity, version);
  const current = sql`"kura.current" as ${sql.identifier(entity.name)}`;
  const refusals = [
    ...(allowed ? [['forbidden', sql`exists (select from ${current} where (${allowed}) is not true)`] as const] : []),
    ...(expected ? [['stale_version', sql`exists (select from ${current})`] as const] : []),
  ];
  return one<R>(tx, entity, {
    row: changeSql(entity, change, all(target, allowed, expected)),
    current: refusals.length ? sql`select * from ${entity.table} where ${target} for no key update` : undefined,
    refusals,
    required,
  });
}

/** Changes every row of the filter, and counts them. Throws `misuse` without a filter: that is rather a slip than all rows. */
export function changeMany(
  tx: Transaction,
  entity: Entity,
  where: object | undefined,
  change: Change,
  only?: SQL,
): Statement<number> {
  assertTransaction(tx);
  if (where === undefined) throw new AppError('misuse', 'A filter is missing: `{}` means all rows');
  const rows = changeSql(entity, change, all(filterSql(entity, where), scopeOf(entity), only));
  return tx
    .statement((q) =>
      q
        .with(q.$with('kura.row', {}).as(rows(sql`1 as "one"`)))
        .select({ count: sql`count(*)`.mapWith(Number) })
        .from(sql`"kura.row"`),
    )
    .map(([row]) => row?.count ?? 0);
}

function changeSql({ table }: Entity, change: Change, where: SQL): Selecting {
  if (change === 'remove') return (selection) => sql`delete from ${table} where ${where} returning ${selection}`;
  const { set } = change;
  if (set) return (selection) => sql`update ${table} set ${set} where ${where} returning ${selection}`;
  return (selection) => sql`select ${selection} from ${table} where ${where} for no key update`;
}

function versionIs({ name, version: column }: Entity, version: number | readonly number[]): SQL {
  if (!column) throw new AppError('misuse', `The table ${name} has no version`);
  const versions = [version].flat().map((one) => encode(column, one));
  return sql`${at(name, column)} = any (${arrayLiteral(versions)})`;
}

/** The run-time side of the write methods' types. */
export function assertTransaction(session: Session): void {
  if (!isTransaction(session)) throw new AppError('transaction_required', 'A write needs a transaction');
}
