import { eq, type SQL, sql } from 'drizzle-orm';
import { alias, PgDialect, pgSchema, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import { rendered } from '../../src/db/render.ts';

const cars = pgTable('cars', { id: uuid('id').primaryKey(), name: text('na"me'), built: timestamp('built') });
const stored = pgSchema('ware"house').table('cars', { id: uuid('id').primaryKey() });
const other = alias(cars, 'other');
const built = new Date('2026-01-02T03:04:05.678Z');

/** Each as Drizzle renders it: what is put together here, and what only Drizzle can. */
const queries: [what: string, query: SQL][] = [
  ['text', sql`select 1`],
  ['nothing', sql``],
  ['values, in their order', sql`select ${'a'}, ${null}, ${'b'}`],
  ['a string that looks like a placeholder', sql`select ${'$1'}, '$2'`],
  ['SQL in SQL', sql`select ${sql`lower(${'A'})`} || ${sql.raw("'b'")} || ${'c'}`],
  ['a list', sql`(${sql.join([sql`${'a'}`, sql`${'b'}`], sql`, `)})`],
  ['an empty list', sql`(${sql.join([], sql`, `)})`],
  ['names', sql`select ${sql.identifier('a"b')} from ${cars}, ${stored}`],
  ['a table by another name', sql`select * from ${other}`],
  ['a column', sql`select ${cars.name} from ${cars} where ${eq(cars.name, 'a')}`],
  ['a value of a column', sql`${sql.param(built, cars.built)} and ${'b'}`],
  ['values in the text', sql`select ${sql`${"it's"} || ${'b'}`.inlineParams()}, ${'c'}`],
  ['an expression with a name', sql`select ${sql`now()`.as('time')}`],
  ['an array', sql`select ${['a', 'b']}`],
  ['a number, a boolean and a date', sql`select ${1}, ${true}, ${built}`],
  ['what is not there', sql`select ${undefined}`],
];

describe('a statement as text', () => {
  it.each(queries)('is what Drizzle makes of it: %s', (_, query) => {
    const { sql: text, params } = new PgDialect().sqlToQuery(query);
    expect(rendered(query)).toEqual(expect.objectContaining({ sql: text, params }));
  });

  it('knows two tables of one name apart', () => {
    const elsewhere = pgSchema('elsewhere').table('cars', { id: uuid('id').primaryKey() });
    expect(rendered(sql`${cars}, ${elsewhere}`).sql).toBe('"cars", "elsewhere"."cars"');
  });
});
