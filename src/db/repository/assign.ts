import { is, SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { AppError, type FieldError } from '../../errors.ts';
import { encode } from './encode.ts';
import { at, bare, type Entity, isPatchable } from './entity.ts';

/**
 * A patch as the body of SET; `undefined` if it sets nothing. Throws `invalid_input` with every field that is unknown or
 * cannot be set: a misspelt field is never quietly ignored.
 */
export function patchSql(entity: Entity, patch: object): SQL | undefined {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  assertFields(given, (key) => isPatchable(entity, key));
  const set = given.map(([key, value]) => [columnOf(entity, key), encode(columnOf(entity, key), value, key)] as const);
  if (set.length === 0) return undefined;
  const touched = Object.entries(entity.columns)
    .filter(([key, column]) => column.onUpdateFn && !given.some(([other]) => other === key))
    .map(([, column]) => [column, generated(column, column.onUpdateFn?.())] as const);
  return assignments([...set, ...touched]);
}

/** Amounts as the body of SET, each added to what the row has. */
export function incrementSql(entity: Entity, by: object): SQL | undefined {
  const given = Object.entries(by).filter(([, value]) => value !== undefined);
  assertFields(given, (key) => isPatchable(entity, key));
  const set = given.map(([key, amount]) => {
    const column = columnOf(entity, key);
    return [column, sql`${at(entity.name, column)} + ${encode(column, amount, key)}`] as const;
  });
  return set.length ? assignments(set) : undefined;
}

/** Throws `invalid_input` with every key that `known` does not know. */
export function assertFields(given: readonly (readonly [string, unknown])[], known: (key: string) => boolean): void {
  const fields: FieldError[] = given
    .filter(([key]) => !known(key))
    .map(([path]) => ({ path, message: 'is not a field that can be set' }));
  if (fields.length) throw new AppError('invalid_input', 'There are fields that cannot be set', { fields });
}

/** A default or an update made in JavaScript: SQL, or a value of the column. */
export function generated(column: PgColumn, value: unknown): SQL {
  return is(value, SQL) ? value : sql`${encode(column, value)}`;
}

export function columnOf({ columns, name }: Entity, key: string): PgColumn {
  const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
  if (!column) throw new AppError('misuse', `There is no field ${key} in ${name}`);
  return column;
}

function assignments(set: readonly (readonly [PgColumn, unknown])[]): SQL {
  return sql.join(
    set.map(([column, value]) => sql`${bare(column)} = ${value}`),
    sql`, `,
  );
}
