import { type SQL, sql } from 'drizzle-orm';
import { all, at, type Entity } from '../repository/entity.ts';
import type { Param } from '../values.ts';
import { orderSql, type Term } from './order.ts';

/** Where a page starts: the terms' values of the row before it, as Postgres text. */
export type Position = readonly Param[];

/**
 * The first `limit` rows after `position` in the order of `terms`, as what follows FROM.
 *
 * Rows after a position form ranges, each contiguous in an index on the terms: those equal in all terms but the last and
 * beyond it there, then those equal in all but the last two, and so on. Each range is read by itself, with an index
 * condition on every one of its columns, so that a page costs the same wherever it lies, whatever the directions, ties
 * and NULLs. Where all columns run one way and none is nullable, Postgres' row comparison is all ranges at once.
 */
export function pageSql(entity: Entity, terms: readonly Term[], where: SQL, limit: number, position?: Position): SQL {
  const { name, table } = entity;
  const order = orderSql(terms, name);
  const read = (condition?: SQL) =>
    sql`${table} where ${all(condition, where)} order by ${order} limit ${sql.raw(String(limit))}`;
  if (!position) return read();
  const ranges = isUniform(terms) ? [rowComparison(terms, position, name)] : rangesAfter(terms, position, name);
  if (ranges.length === 1) return read(ranges[0]);
  if (ranges.length === 0) return read(sql`false`);
  const parts = ranges.map((range) => sql`(select * from ${read(range)})`);
  const union = sql.join(parts, sql` union all `);
  return sql`(${union}) as ${sql.identifier(name)} order by ${order} limit ${sql.raw(String(limit))}`;
}

const isUniform = (terms: readonly Term[]): boolean =>
  terms.every(({ column, descending }) => column.notNull && descending === terms[0]?.descending);

function rowComparison(terms: readonly Term[], position: Position, alias: string): SQL {
  const columns = terms.map(({ column }) => at(alias, column));
  const values = terms.map((_, i) => sql`${position[i] ?? null}`);
  const operator = sql.raw(terms[0]?.descending ? '<' : '>');
  return sql`(${sql.join(columns, sql`, `)}) ${operator} (${sql.join(values, sql`, `)})`;
}

/** The ranges after the position, nearest first. */
function rangesAfter(terms: readonly Term[], position: Position, alias: string): SQL[] {
  return terms
    .flatMap((term, i) => {
      const ties = terms.slice(0, i).map(({ column }, j) => equal(at(alias, column), position[j] ?? null));
      return beyond(term, at(alias, term.column), position[i] ?? null)
        .map((range) => all(...ties, range))
        .reverse();
    })
    .reverse();
}

const equal = (column: SQL, value: Param): SQL => (value === null ? sql`${column} is null` : sql`${column} = ${value}`);

function beyond({ column, descending, nullsFirst }: Term, target: SQL, value: Param): SQL[] {
  if (value === null) return nullsFirst ? [sql`${target} is not null`] : [];
  const values = sql`${target} ${sql.raw(descending ? '<' : '>')} ${value}`;
  return nullsFirst || column.notNull ? [values] : [values, sql`${target} is null`];
}
