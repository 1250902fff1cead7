import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import { filterSql, type Where } from './filters.ts';
import { type OrderBy, orderSql, termsOf } from './pagination/order.ts';
import { columnOf } from './repository/assign.ts';
import { all, at, type Entity, type EntityTable, entityOf, type Key, type Row, scopeOf } from './repository/entity.ts';
import { readRowTexts, rowTexts } from './repository/row-texts.ts';
import type { Param } from './values.ts';

/** Rows of another table to read with a row, in the same statement. `K` is the field of the parent they hang on. */
export interface Relation<out R, out K extends string = string> {
  readonly parentKey: K;
  /** The SQL of the field, for the parent that goes by `alias`, and how to read it. */
  readonly load: (parent: Entity, alias: string, depth: number) => { readonly sql: SQL; readonly read: Reader<R> };
}

type Reader<R> = (value: unknown) => R;

/** The relations to load, each under the name of the field it becomes. */
export type With<T extends EntityTable> = Readonly<Record<string, Relation<unknown, Key<T>>>>;

/** A row with its relations. */
export type Loaded<T extends EntityTable, W> = Row<T> & {
  -readonly [K in keyof W]: W[K] extends Relation<infer R> ? R : never;
};

export type NoRelations = Record<never, never>;

export interface ToManyOptions<C extends EntityTable, P extends string, W> {
  /** The field of the parent that the children refer to; its id if not given. */
  readonly references?: P;
  readonly where?: Where<C>;
  readonly orderBy?: OrderBy<C>;
  /** The most children of one parent. */
  readonly limit?: number;
  readonly with?: W & With<C>;
}

/**
 * The rows of `child` whose field `key` refers to the parent, in a total order, deleted ones left out:
 * `users.get(db, id, { with: { posts: toMany(posts, 'authorId', { orderBy: ['-createdAt'], limit: 10 }) } })`.
 */
export function toMany<C extends EntityTable, P extends string = 'id', W extends object = NoRelations>(
  child: C,
  key: Key<C>,
  options: ToManyOptions<C, P, W> = {},
): Relation<Loaded<C, W>[], P> {
  const { where, orderBy, limit } = options;
  const parentKey = parentKeyOf(options.references);
  return {
    parentKey,
    load(parent, alias, depth) {
      const entity = entityOf(child);
      const name = childAlias(depth);
      const { texts, read } = withRelations<Loaded<C, W>>(entity, name, depth, options.with);
      const order = orderSql(termsOf(entity, orderBy), name);
      const some = limit === undefined ? sql`` : sql` limit ${String(limit)}`;
      const on = sql`${at(name, columnOf(entity, key))} = ${at(alias, columnOf(parent, parentKey))}`;
      const condition = all(on, scopeOf(entity, name), filterSql(entity, where, name));
      const rows = sql`select ${texts} as "kura.texts" from ${child} as ${sql.identifier(name)} where ${condition} order by ${order}${some}`;
      return {
        sql: sql`(select coalesce(json_agg("kura.texts"), '[]') from (${rows}) as "kura.rows")`,
        read: (value) => listOf(value).map(read),
      };
    },
  };
}

export interface ToOneOptions<C extends EntityTable, W> {
  /** The field of `target` that is referred to; its id if not given. Unique, or any one of the rows is read. */
  readonly references?: Key<C>;
  readonly where?: Where<C>;
  readonly with?: W & With<C>;
}

/** The row of `target` that the parent's field `key` refers to; `null` if there is none, or it is deleted. */
export function toOne<C extends EntityTable, P extends string, W extends object = NoRelations>(
  target: C,
  key: P,
  options: ToOneOptions<C, W> = {},
): Relation<Loaded<C, W> | null, P> {
  return {
    parentKey: key,
    load(parent, alias, depth) {
      const entity = entityOf(target);
      const name = childAlias(depth);
      const { texts, read } = withRelations<Loaded<C, W>>(entity, name, depth, options.with);
      const on = sql`${at(name, columnOf(entity, options.references ?? 'id'))} = ${at(alias, columnOf(parent, key))}`;
      const condition = all(on, scopeOf(entity, name), filterSql(entity, options.where, name));
      return {
        sql: sql`(select to_json(${texts}) from ${target} as ${sql.identifier(name)} where ${condition} limit 1)`,
        read: (value) => (value === null ? null : read(value)),
      };
    },
  };
}

/** The same relation, what it reads passed through `read`, as by a presenter. */
export const mapRelation = <R, V, K extends string>(
  relation: Relation<R, K>,
  read: (related: R) => V,
): Relation<V, K> => ({
  parentKey: relation.parentKey,
  load(parent, alias, depth) {
    const { sql: field, read: related } = relation.load(parent, alias, depth);
    return { sql: field, read: (value) => read(related(value)) };
  },
});

/** The relations of a query's own rows, as fields of its SELECT. */
export function loads(entity: Entity, relations: object | undefined): Record<string, SQL> {
  return Object.fromEntries(
    relationsOf(entity, relations).map(([name, relation]) => {
      const { sql: field, read } = relation.load(entity, entity.name, 1);
      // Drizzle does not hand NULL to a decoder; a to-one relation that has no row is null without it.
      return [name, sql`${field}`.mapWith(read)];
    }),
  );
}

/** A child's columns and its own relations, as one array of texts, and how to read that. */
function withRelations<R>(entity: Entity, alias: string, depth: number, relations: object | undefined) {
  const nested = relationsOf(entity, relations).map(([name, relation]) => ({
    name,
    ...relation.load(entity, alias, depth + 1),
  }));
  const fields = nested.map(({ sql: field }) => field);
  const read = (value: unknown): R => {
    const { row, more } = readRowTexts(entity, textsOf(value));
    nested.forEach(({ name, read: readField }, i) => {
      const text = more[i];
      row[name] = readField(typeof text === 'string' ? JSON.parse(text) : null);
    });
    return asRow<R>(row);
  };
  return { texts: rowTexts(entity, alias, fields), read };
}

/** A row to which `withRelations` has read every column and every relation that `R` names. */
const asRow = <R>(row: object) => row as R;

/** A row in the JSON of this file's own SQL: `rowTexts` makes an array of texts. */
const textsOf = (value: unknown) => value as readonly Param[];

/** The rows in that JSON: `json_agg` makes an array of them. */
const listOf = (value: unknown) => value as readonly unknown[];

/** The type parameter of `references` is `'id'` where there is none. */
const parentKeyOf = <P extends string>(references: P | undefined) => (references ?? 'id') as P;

const childAlias = (depth: number) => `kura.${depth}`;

function relationsOf(entity: Entity, relations: object = {}): [string, Relation<unknown>][] {
  const entries: [string, Relation<unknown>][] = Object.entries(relations);
  for (const [name] of entries) {
    if (Object.hasOwn(entity.columns, name))
      throw new AppError('misuse', `A relation cannot have the name of a column: ${name}`);
  }
  return entries;
}
