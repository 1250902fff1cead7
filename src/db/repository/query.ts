import { type SQL, sql } from 'drizzle-orm';
import type { Session } from '../database.ts';
import { decoderOf } from '../drizzle.ts';
import { rendered } from '../render.ts';
import { Statement } from '../statement.ts';
import type { Result } from '../transport.ts';
import { encodeParam, NO_DECODER, type Param, readerOf } from '../values.ts';
import type { Entity } from './entity.ts';
import { failureOf } from './failure.ts';

/** What to read of a table's rows, beside their columns. */
interface More {
  /** More to read, as fields of the row. */
  readonly load?: Expressions;
  /** More to read, beside the row. */
  readonly extra?: Expressions;
}

type Expressions = Readonly<Record<string, SQL>>;

/** Makes the SQL that gives the selected columns: `select … from`, `insert … returning`. */
export type Selecting = (selection: SQL) => SQL;

/** A SELECT of a table's rows: what stands after FROM. */
export interface RowQuery extends More {
  readonly from: SQL;
  /** What stands before it, WITH. */
  readonly ctes?: Expressions;
}

/** One row as type `R`, and what else was read with it. */
export interface Found<R> {
  readonly row: R;
  readonly extra: Readonly<Record<string, unknown>>;
  /** As Postgres sent it: the columns in their order, then what else was read. */
  readonly texts: readonly Param[];
}

/** A read: one that may be sent to a replica, and asked again if its answer is lost. */
export const readRows = <R>(session: Session, entity: Entity, query: RowQuery): Statement<Found<R>[]> =>
  statement(session, entity, selectSql(query), query, true);

/** A write: never asked again; an error of `kura_fail` becomes the error it stands for. */
export const writeRows = <R>(
  session: Session,
  entity: Entity,
  change: Selecting,
  more: More = {},
): Statement<Found<R>[]> => statement(session, entity, change, more, false);

/** `with … select … from …`. */
export function selectSql({ from, ctes = {} }: RowQuery): Selecting {
  const list = Object.entries(ctes).map(([name, body]) => sql`${sql.identifier(name)} as (${body})`);
  const before = list.length ? sql`with ${sql.join(list, sql`, `)} ` : sql``;
  return (selection) => sql`${before}select ${selection} from ${from}`;
}

function statement<R>(
  session: Session,
  entity: Entity,
  selecting: Selecting,
  { load = {}, extra = {} }: More,
  read: boolean,
): Statement<Found<R>[]> {
  return new Statement(session.runner, async (runner) => {
    const more = [...Object.values(load), ...Object.values(extra)];
    const selection = more.length ? sql.join([entity.selection, ...more], sql`, `) : entity.selection;
    const { sql: text, params } = rendered(selecting(selection));
    try {
      const result = await runner.run({ text, params: params.map(encodeParam), read });
      return rowsOf<R>(entity, load, extra, result);
    } catch (error) {
      throw read ? error : failureOf(entity, error);
    }
  });
}

/** The rows as `R`: each is read by the columns of the very table whose row type `R` is, and by the relations it names. */
function rowsOf<R>({ columns }: Entity, load: Expressions, extra: Expressions, { fields, rows }: Result): Found<R>[] {
  const own = [...Object.keys(columns), ...Object.keys(load)];
  const others = Object.keys(extra);
  const expressions = [...Object.values(load), ...Object.values(extra)];
  const decoders = [...Object.values(columns), ...expressions.map(decoderOf)];
  const readers = fields.map(({ dataTypeID }, i) => readerOf(decoders[i] ?? NO_DECODER, dataTypeID));
  const read = (names: readonly string[], texts: readonly Param[], from: number) => {
    const values: Record<string, unknown> = {};
    let at = from;
    for (const name of names) {
      const text = texts[at] ?? null;
      values[name] = text === null ? null : readers[at]?.(text);
      at++;
    }
    return values;
  };
  return rows.map((texts) => ({ row: read(own, texts, 0) as R, extra: read(others, texts, own.length), texts }));
}
