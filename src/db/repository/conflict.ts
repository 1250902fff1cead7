import { Column, is, SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { AppError } from '../../errors.ts';
import { assertFields, columnOf } from './assign.ts';
import { bare, type Entity, isGivable, isPatchable } from './entity.ts';

/** What to do with a row that is there already. */
export interface Conflict {
  /** The fields, or expressions, of a unique index. */
  readonly on: readonly (string | SQL)[];
  /** The fields to change to the given values: those given that a patch may set, or these; `[]` for none. */
  readonly set?: readonly string[] | undefined;
}

/** The ON CONFLICT of an insert of rows with the fields `given`. */
export function conflictSql(entity: Entity, given: readonly string[], { on, set }: Conflict): SQL {
  const { table, isDeleted, name, scope } = entity;
  const fieldOf = (key: string) => bare(columnOf(entity, key));
  const targets = on.map((target) => (typeof target === 'string' ? fieldOf(target) : sql`(${unqualified(target)})`));
  const changing = set ?? given.filter((key) => isPatchable(entity, key) && !on.includes(key));
  assertFields(
    changing.map((key) => [key, undefined]),
    (key) => isPatchable(entity, key),
  );
  const body = changing.length
    ? changing.map((key) => sql`${fieldOf(key)} = excluded.${fieldOf(key)}`)
    : [unchanged(entity, on)];
  const update = sql` do update set ${sql.join(body, sql`, `)}`;
  const target = sql` on conflict (${sql.join(targets, sql`, `)})`;
  if (!isDeleted || scope !== 'living') return sql`${target}${update}`;
  // A deleted row that holds the place, by an index over all rows, is neither found nor changed: it is a conflict.
  const guard = sql`case when ${table}.${bare(isDeleted)} then kura_fail('23505', ${name}) else true end`;
  return sql`${target} where ${bare(isDeleted)} = false${update} where ${guard}`;
}

/**
 * A column set to itself: that locks the row and gives it, and no trigger sees a change. Not a key if there is another
 * column: Postgres locks a row whose key is set against rows that refer to it, too (PostgreSQL manual, 13.3.2).
 */
function unchanged({ table, id, columns, name }: Entity, on: Conflict['on']): SQL {
  const givable = Object.entries(columns).filter(([, column]) => isGivable(column));
  const isKey = ([key, column]: [string, PgColumn]) => column === id || column.isUnique || on.includes(key);
  const [, column] = givable.find((entry) => !isKey(entry)) ?? givable[0] ?? [];
  if (!column) throw new AppError('misuse', `The table ${name} has no column that can be set`);
  return sql`${bare(column)} = ${table}.${bare(column)}`;
}

/** An expression of an index with its columns bare, as ON CONFLICT wants them. */
function unqualified(expression: SQL): SQL {
  return new SQL(
    expression.queryChunks.map((chunk) =>
      is(chunk, Column) ? sql.identifier(chunk.name) : is(chunk, SQL) ? unqualified(chunk) : chunk,
    ),
  );
}
