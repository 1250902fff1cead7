import { is, SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { AppError } from '../../errors.ts';
import type { Transaction } from '../database.ts';
import { rememberedOf } from '../remembered.ts';
import type { Statement } from '../statement.ts';
import type { Param } from '../values.ts';
import { assertFields } from './assign.ts';
import { assertTransaction } from './change.ts';
import { type Conflict, conflictSql } from './conflict.ts';
import { encode } from './encode.ts';
import { bare, type Entity, isGivable } from './entity.ts';
import { type Selecting, selectSql, writeRows } from './query.ts';

/** A row that was inserted, or found or changed instead: `created` tells which. */
export interface Stored<R> {
  readonly row: R;
  readonly created: boolean;
}

/**
 * Inserts rows and gives them as stored, in their order: one statement. Several have one parameter per set of fields, so
 * Postgres' limit of 65,535 parameters sets none on the rows. `json_populate_recordset` reads each value as its column's
 * type would from text, so nothing is lost on the way. Throws `conflict`, unless `conflict` says what to do.
 */
export function insertRows<R>(
  tx: Transaction,
  entity: Entity,
  values: readonly object[],
  conflict?: Conflict,
): Statement<Stored<R>[]> {
  assertTransaction(tx);
  const groups = groupsOf(entity, values, conflict !== undefined);
  const [group] = groups;
  if (group && values.length === 1 && !conflict && !group.columns.some(hasFields)) {
    return writeRows<R>(tx, entity, valuesSql(entity, group)).map((found) =>
      found.map(({ row }) => ({ row, created: true })),
    );
  }
  const ctes = Object.fromEntries(groups.map((group, i) => [`kura.${i}`, recordsSql(entity, group, conflict)]));
  const parts = groups.map(
    (_, i) => sql`select *, ${sql.raw(String(i))} as "kura.group" from "kura.${sql.raw(String(i))}"`,
  );
  const from = sql`(${sql.join(parts, sql` union all `)}) as ${sql.identifier(entity.name)}`;
  const extra = { created: sql`"kura.created"`, group: sql`"kura.group"` };
  return writeRows<R>(tx, entity, selectSql({ ctes, from }), { extra }).map((found) => {
    const stored: Stored<R>[] = [];
    const next = groups.map(({ places }) => places.values());
    for (const { row, extra } of found) {
      const place = next[Number(extra.group)]?.next().value;
      if (place !== undefined) stored[place] = { row, created: extra.created === true };
    }
    return stored;
  });
}

/** `interval day`: Postgres reads a value by the fields only where it knows the column when it does so, as of JSON. */
const hasFields = (column: PgColumn): boolean => column.getSQLType().startsWith('interval ');

/** Rows that give the same fields. */
interface Group {
  readonly keys: readonly string[];
  readonly columns: readonly PgColumn[];
  /** What the caller gave, without what defaults add. */
  readonly given: readonly string[];
  /** The columns' texts, row by row. */
  readonly rows: Param[][];
  /** Where each row stood among the caller's. */
  readonly places: number[];
}

/** The columns that a row may give, and their fields. */
const insertableOf = rememberedOf((columns: Entity['columns']) => {
  const insertable = Object.entries(columns).filter(([, column]) => isGivable(column));
  return { insertable, known: new Set(insertable.map(([key]) => key)) };
});

function groupsOf(entity: Entity, values: readonly object[], exactly: boolean): Group[] {
  const { insertable, known } = insertableOf(entity.columns);
  const groups = new Map<string, Group>();
  const everyKey = new Set(values.flatMap((row) => Object.keys(row)));
  for (const [place, value] of values.entries()) {
    const given = new Map(Object.entries(value).filter(([, field]) => field !== undefined));
    assertFields([...given], (key) => known.has(key));
    const row = insertable.flatMap(([key, column]) => {
      const field = given.has(key) ? given.get(key) : initial(column);
      if (field !== undefined) return [[key, column, field] as const];
      // A field that some rows give and others leave empty anyway: one group holds both.
      return !exactly && everyKey.has(key) && !column.hasDefault ? [[key, column, null] as const] : [];
    });
    const keys = row.map(([key]) => key);
    const name = keys.join();
    const group = groups.get(name) ?? {
      keys,
      columns: row.map(([, column]) => column),
      given: [...given.keys()],
      rows: [],
      places: [],
    };
    group.rows.push(row.map(([key, column, field]) => encode(column, field, `${place}.${key}`)));
    group.places.push(place);
    groups.set(name, group);
  }
  return groups.size ? [...groups.values()] : [{ keys: [], columns: [], given: [], rows: [], places: [] }];
}

/** The default that JavaScript makes, as Drizzle's insert does. */
function initial(column: PgColumn): unknown {
  const make = column.defaultFn ?? (column.default === undefined ? column.onUpdateFn : undefined);
  const value = make?.();
  if (is(value, SQL)) throw new AppError('misuse', `The default of ${column.name} must be a value, or the database's`);
  return value;
}

/** One row: each value a parameter, which is the least work for Postgres. */
function valuesSql({ table }: Entity, { columns, rows: [row = []] }: Group): Selecting {
  const names = sql.join(columns.map(bare), sql`, `);
  const values = sql.join(
    row.map((text) => sql`${text}`),
    sql`, `,
  );
  const insert = columns.length ? sql`(${names}) values (${values})` : sql`default values`;
  return (selection) => sql`insert into ${table} ${insert} returning ${selection}`;
}

/** Any number of rows of the same fields, which are one parameter. */
function recordsSql(entity: Entity, { columns, given, rows }: Group, conflict: Conflict | undefined): SQL {
  const { table } = entity;
  const json = `[${rows.map((row) => jsonOf(columns, row)).join()}]`;
  const names = sql.join(columns.map(bare), sql`, `);
  // Rows of defaults alone have no column to name.
  const insert = columns.length
    ? sql`insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, ${json})`
    : sql`insert into ${table} select from json_array_elements(${json})`;
  // A row that an INSERT made has no xmax; one that ON CONFLICT found was locked by it (PostgreSQL manual, 5.6).
  return sql`${insert}${conflict ? conflictSql(entity, given, conflict) : sql``} returning *, (xmax = 0) as "kura.created"`;
}

function jsonOf(columns: readonly PgColumn[], row: readonly Param[]): string {
  const members = columns.map((column, i) => {
    const text = row[i] ?? null;
    const isJson = column.columnType === 'PgJson' || column.columnType === 'PgJsonb';
    return `${JSON.stringify(column.name)}:${isJson ? text : JSON.stringify(text)}`;
  });
  return `{${members.join()}}`;
}
