import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import { filterSql } from '../filters.ts';
import { loads } from '../relations.ts';
import { all, at, type Entity, type EntityTable, scopeOf } from '../repository/entity.ts';
import type { Found, RowQuery } from '../repository/query.ts';
import type { OrderBy, Term } from './order.ts';
import type { Position } from './seek.ts';

/** What a list is of; the repository has checked the types against its table. */
export interface Selection {
  readonly where?: object | undefined;
  readonly orderBy?: OrderBy<EntityTable> | undefined;
  readonly with?: object | undefined;
}

export const DEFAULT_LIMIT = 100; // as FastAPI's usual CRUD base

/** The rows of the entity's scope that the filter leaves, as a condition. */
export const conditionOf = (entity: Entity, where?: object): SQL => all(scopeOf(entity), filterSql(entity, where));

/** Throws `invalid_input` unless `value` is a whole number from `least` on. */
export function assertCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  const fields = [{ path: name, message: `must be a whole number of at least ${least}` }];
  throw new AppError('invalid_input', `The ${name} is not valid`, { fields });
}

/** A number that `assertCount` let through, as part of the statement: a plan for a known limit is the better one. */
export const literal = (count: number): SQL => sql.raw(String(count));

/** The rows of a page, in their order, as what stands after FROM. */
interface Page {
  readonly rows: SQL;
  readonly order: SQL;
  /** Whether it has the list's first row, if that has any. */
  readonly first: boolean;
}

/**
 * The page and the number of all rows in one statement. A first page without rows says that there are none; any other must
 * bring the number without a row, in one whose `present` is false.
 */
export function counted(entity: Entity, where: SQL, { rows, order, first }: Page, relations?: object): RowQuery {
  const { name, table } = entity;
  const count = sql`(select count(*) as "kura.total" from ${table} where ${where})`;
  const load = loads(entity, relations);
  if (first) return { from: rows, load, extra: { total: count } };
  return {
    from: sql`${count} as "kura.count" left join (select * from ${rows}) as ${sql.identifier(name)} on true order by ${order}`,
    load,
    extra: { total: sql`"kura.total"`, present: sql`${at(name, entity.id)} is not null` },
  };
}

/** What `counted` found. */
export function countedRows<R>(found: readonly Found<R>[]): { rows: Found<R>[]; total: number } {
  return { rows: found.filter(({ extra }) => extra.present !== false), total: Number(found[0]?.extra.total ?? 0) };
}

/** The terms' values of a row as Postgres sent them, which loses nothing: a Date has no microseconds. */
export function positionOf({ columns }: Entity, terms: readonly Term[], { texts }: Found<unknown>): Position {
  const keys = Object.keys(columns);
  return terms.map(({ key }) => texts[keys.indexOf(key)] ?? null);
}
