import { getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { quoted } from '../render.ts';

/** A table a repository can be made for: its primary key is the one column `id`. */
export type EntityTable = PgTable & { readonly id: PgColumn };

export type Row<T extends EntityTable> = T['$inferSelect'];
export type NewRow<T extends EntityTable> = T['$inferInsert'];
export type Id<T extends EntityTable> = Row<T>['id'];
export type Key<T extends EntityTable> = keyof Row<T> & string;
export type Columns<T extends EntityTable> = T['_']['columns'];

/** Columns that no patch sets: the id, and what triggers, `delete` and `restore` keep. */
type Kept<R> = {
  [K in keyof R]: K extends 'id'
    ? K
    : K extends 'createdAt' | 'updatedAt' | 'deletedAt'
      ? R[K] extends Date | null
        ? K
        : never
      : K extends 'version'
        ? R[K] extends number
          ? K
          : never
        : K extends 'isDeleted'
          ? K
          : never;
}[keyof R];

/** The fields to change: `undefined` leaves a field as it is, `null` empties it. */
export type Patch<T extends EntityTable> = {
  readonly [K in Exclude<keyof NewRow<T>, Kept<Row<T>>>]?: NewRow<T>[K] | undefined;
};

/** Which rows of a soft-deleted table are there for a repository. */
export type Scope = 'living' | 'deleted' | 'all';

/** What the repository's parts know of a table. */
export interface Entity {
  readonly table: PgTable;
  /** The table's name, which is its alias in every statement too. */
  readonly name: string;
  /** What an error calls a row: `user`, or `row in users`. */
  readonly label: string;
  readonly columns: Readonly<Record<string, PgColumn>>;
  /** The names of all columns, as a statement selects them. */
  readonly selection: SQL;
  readonly id: PgColumn;
  /** The column that marks a row as deleted, if the table has `softDelete()`. */
  readonly isDeleted: PgColumn | undefined;
  readonly version: PgColumn | undefined;
  readonly scope: Scope;
}

const KEPT = ['id', 'createdAt', 'updatedAt', 'version', 'isDeleted', 'deletedAt'];

export function entityOf(table: EntityTable, label?: string): Entity {
  const columns: Record<string, PgColumn> = getTableColumns(table);
  const name = getTableName(table);
  const { isDeleted, deletedAt, version } = columns;
  return {
    table,
    name,
    label: label ?? `row in ${name}`,
    columns,
    selection: sql.raw(
      Object.values(columns)
        .map((column) => quoted(column.name))
        .join(', '),
    ),
    id: table.id,
    isDeleted: isDeleted?.dataType === 'boolean' && deletedAt?.dataType === 'date' ? isDeleted : undefined,
    version: version?.dataType === 'number' ? version : undefined,
    scope: 'living',
  };
}

/** Whether a writer may give the column a value: not if Postgres always computes it, or numbers the rows by it. */
export const isGivable = ({ generated, generatedIdentity }: PgColumn): boolean =>
  generated === undefined && generatedIdentity?.type !== 'always';

/** The run-time side of `Patch`: whether `key` is a column that a patch may set. */
export function isPatchable({ columns }: Entity, key: string): boolean {
  const column = Object.hasOwn(columns, key) ? columns[key] : undefined;
  if (!column || !isGivable(column)) return false;
  if (!KEPT.includes(key)) return true;
  if (key === 'version') return column.dataType !== 'number';
  return key.endsWith('At') && column.dataType !== 'date';
}

/** A column without its table, as INSERT and ON CONFLICT want it. */
export const bare = ({ name }: PgColumn): SQL => sql.raw(quoted(name));

/** A column of the table that goes by `alias` in the statement. */
export const at = (alias: string, { name }: PgColumn): SQL => sql.raw(`${quoted(alias)}.${quoted(name)}`);

/** The rows that `scope` leaves, as a condition; none if the table has no soft deletion or all rows count. */
export function scopeOf({ isDeleted, name, scope }: Entity, alias = name): SQL | undefined {
  if (!isDeleted || scope === 'all') return undefined;
  // Written out, not a parameter: so it matches the condition of a partial index in every plan.
  return sql`${at(alias, isDeleted)} = ${sql.raw(scope === 'deleted' ? 'true' : 'false')}`;
}

/** All conditions together; `true` if there are none. */
export function all(...conditions: (SQL | undefined)[]): SQL {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length ? sql.join(given, sql` and `) : sql`true`;
}

/**
 * The condition that leaves deleted rows out of a hand-written join or query, with `on` if that is given:
 * `q.select().from(posts).innerJoin(users, living(users, eq(posts.authorId, users.id)))`.
 */
export function living(table: EntityTable, on?: SQL): SQL {
  return all(on && sql`(${on})`, scopeOf(entityOf(table)));
}
