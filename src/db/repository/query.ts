import type { SQL } from 'drizzle-orm';
import type { Session } from '../database.ts';
import type { QueryBuilder } from '../drizzle.ts';
import type { Statement } from '../statement.ts';
import type { Entity } from './entity.ts';
import { failureOf } from './failure.ts';

/** A SELECT of a table's rows: its columns, and what stands after FROM. */
export interface RowQuery {
  readonly from: SQL;
  /** What stands before it, WITH. */
  readonly ctes?: Readonly<Record<string, SQL>>;
  /** More to read, beside the row. */
  readonly extra?: Readonly<Record<string, SQL>>;
  /** More to read, as fields of the row. */
  readonly load?: Readonly<Record<string, SQL>>;
}

/** One row as type `R`, and what else was read with it. */
export interface Found<R> {
  readonly row: R;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A read: one that may be sent to a replica, and asked again if its answer is lost. */
export function readRows<R>(session: Session, entity: Entity, query: RowQuery): Statement<Found<R>[]> {
  return session.statement((q) => select(q, entity, query)).map(asFound<R>);
}

/** A write: its CTEs change rows. Never asked again; an error of `kura_fail` becomes the error it stands for. */
export function writeRows<R>(session: Session, entity: Entity, query: RowQuery): Statement<Found<R>[]> {
  return session.statement((q) => named(entity, select(q, entity, query))).map(asFound<R>);
}

/** The query, its failures that the database itself found named after the table's rows. */
function named<T>(entity: Entity, query: PromiseLike<T>): PromiseLike<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: a query is awaited
    then: (resolve, reject) =>
      query.then(resolve, (error: unknown) => {
        const failure = failureOf(entity, error);
        if (!reject) throw failure;
        return reject(failure);
      }),
  };
}

function select(q: QueryBuilder, entity: Entity, { from, ctes = {}, extra = {}, load = {} }: RowQuery) {
  const list = Object.entries(ctes).map(([name, body]) => q.$with(name, entity.columns).as(body));
  return q
    .with(...list)
    .select({ row: entity.fields, load, extra })
    .from(from);
}

/**
 * The rows as `R`: Drizzle has read each by the columns of the very table whose row type `R` is, and `load` by the
 * relations that `R` names.
 */
function asFound<R>(rows: readonly { row: object; load?: object; extra?: object }[]): Found<R>[] {
  return rows.map(({ row, load, extra }) => ({ row: Object.assign(row, load), extra: extra ?? {} }) as Found<R>);
}
