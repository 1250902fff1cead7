import { getTableUniqueName, type SQL, sql } from 'drizzle-orm';
import type { Session } from './database.ts';
import { type Binding, bindingOf, openCursor, sealCursor } from './pagination/cursor.ts';
import { orderSql, reversed, type Term, termsOf } from './pagination/order.ts';
import { pageSql } from './pagination/seek.ts';
import {
  assertCount,
  conditionOf,
  counted,
  countedRows,
  DEFAULT_LIMIT,
  literal,
  positionOf,
  type Selection,
} from './pagination/selection.ts';
import { loads } from './relations.ts';
import { rendered } from './render.ts';
import type { Entity } from './repository/entity.ts';
import { type Found, readRows } from './repository/query.ts';
import type { Statement } from './statement.ts';

/** A page by number: `total` rows in all, of which `items` are those from `offset` (counted from 0) on. */
export interface OffsetPage<R> {
  readonly items: R[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
}

/** A page by position: `next` and `previous` are cursors of the pages beside it, `null` where there is none. */
export interface KeysetPage<R> {
  readonly items: R[];
  readonly next: string | null;
  readonly previous: string | null;
  /** All rows of the list, if they were asked for. */
  readonly total?: number;
}

interface OffsetRequest {
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

export interface KeysetRequest {
  /** At least 1. */
  readonly limit?: number | undefined;
  /** A `next` or `previous` of an earlier page; without one, the first page. */
  readonly cursor?: string | undefined;
  /** Whether to count all rows too, which costs a scan of them. */
  readonly total?: boolean | undefined;
  /** Signs the cursors: at least 16 bytes, the same on every instance. */
  readonly secret: string;
}

/** A page by number and the number of all rows, in one statement. Throws `invalid_input` for a negative or broken number. */
export function offsetPage<R>(
  session: Session,
  entity: Entity,
  request: Selection & OffsetRequest,
): Statement<OffsetPage<R>> {
  const { offset = 0, limit = DEFAULT_LIMIT } = request;
  assertCount('offset', offset, 0);
  assertCount('limit', limit, 0);
  const order = orderSql(termsOf(entity, request.orderBy), entity.name);
  const where = conditionOf(entity, request.where);
  const page = {
    rows: sql`${entity.table} where ${where} order by ${order} limit ${literal(limit)} offset ${literal(offset)}`,
    order,
    first: offset === 0 && limit > 0,
  };
  return readRows<R>(session, entity, counted(entity, where, page, request.with)).map((found) => {
    const { rows, total } = countedRows(found);
    return { items: rows.map(({ row }) => row), total, offset, limit };
  });
}

/**
 * A page by position, in one statement; a deep one costs what the first does, given an index on the order.
 * Throws `invalid_cursor` for one that was altered, or made for another table, filter, scope or order.
 */
export async function keysetPage<R>(
  session: Session,
  entity: Entity,
  request: Selection & KeysetRequest,
): Promise<KeysetPage<R>> {
  const { limit = DEFAULT_LIMIT, cursor, secret } = request;
  assertCount('limit', limit, 1);
  const terms = termsOf(entity, request.orderBy);
  const where = conditionOf(entity, request.where);
  const binding = listOf(entity, terms, where);
  const start = cursor === undefined ? undefined : await openCursor(secret, binding, cursor);
  const backwards = start?.backwards ?? false;
  const direction = backwards ? reversed(terms) : terms;
  const page = pageSql(entity, direction, where, limit + 1, start?.position); // one more shows whether there are more
  const { rows, total } = await (request.total ? pageAndTotal() : pageOnly());
  const more = rows.length > limit;
  const items = rows.slice(0, limit);
  if (backwards) items.reverse();
  const seal = (edge: Found<R> | undefined, before: boolean) =>
    edge ? sealCursor(secret, binding, { backwards: before, position: positionOf(entity, terms, edge) }) : null;
  const [next, previous] = await Promise.all([
    backwards || more ? seal(items.at(-1), false) : null,
    start && (!backwards || more) ? seal(items[0], true) : null,
  ]);
  return {
    items: items.map(({ row }) => row),
    next,
    previous,
    ...(total !== undefined && { total }),
  };

  async function pageOnly(): Promise<{ rows: Found<R>[]; total?: number }> {
    return { rows: await readRows<R>(session, entity, { from: page, load: loads(entity, request.with) }) };
  }

  async function pageAndTotal() {
    const whole = { rows: page, order: orderSql(direction, entity.name), first: !start };
    const query = counted(entity, where, whole, request.with);
    return countedRows(await readRows<R>(session, entity, query));
  }
}

/** The list that a cursor belongs to. The page size is no part of it, so a client may change that on the way. */
function listOf({ table }: Entity, terms: readonly Term[], where: SQL): Binding {
  const { sql: text, params } = rendered(where);
  const order = terms.map(({ key, descending, nullsFirst }) => [key, descending, nullsFirst]);
  return bindingOf([getTableUniqueName(table), order, text, params]);
}
