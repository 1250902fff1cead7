import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { decodeRows, type Field, type Param } from '../values.ts';
import { at, type Entity } from './entity.ts';

/**
 * A row inside JSON, as an array of texts. JSON's own values would lose digits of a bigint or numeric, the microseconds
 * of a date, and a NaN; Postgres' text of a value, read as if it came by itself, loses nothing. `more`: further texts.
 */
export function rowTexts({ columns }: Entity, alias: string, more: readonly SQL[] = []): SQL {
  const texts = Object.values(columns).map((column) => {
    const value = at(alias, column);
    // concat() writes a value as the wire does, where a cast to text writes `true` for `t` and cuts a char(n)'s padding.
    return sql`case when ${value} is not null then concat(${value}) end`;
  });
  return sql`array[${sql.join([...texts, ...more.map((text) => sql`${text}::text`)], sql`, `)}]`;
}

/** The row that `rowTexts` wrote, its values as a direct read gives them, and the further texts. */
export function readRowTexts({ columns }: Entity, texts: readonly Param[]) {
  const entries = Object.entries(columns);
  const list = Object.values(columns);
  const fields = entries.map(([name, column]): Field => ({ name, dataTypeID: typeOf(column) }));
  const [values = []] = decodeRows(fields, [texts.slice(0, list.length)], list);
  const row: Record<string, unknown> = {};
  entries.forEach(([key, column], i) => {
    row[key] = values[i] === null ? null : column.mapFromDriverValue(values[i]);
  });
  return { row, more: texts.slice(list.length) };
}

/** pg_type.oid of the types that are not read as text, and of arrays of them. */
const TYPES: Readonly<Record<string, readonly [scalar: number, array: number]>> = {
  boolean: [16, 1000],
  bytea: [17, 1001],
  smallint: [21, 1005],
  smallserial: [21, 1005],
  integer: [23, 1007],
  serial: [23, 1007],
  real: [700, 1021],
  'double precision': [701, 1022],
};
const OTHER = 0;

function typeOf(column: PgColumn): number {
  const [scalar = '', ...dimensions] = column.getSQLType().split('[');
  return TYPES[scalar]?.[dimensions.length ? 1 : 0] ?? OTHER;
}
