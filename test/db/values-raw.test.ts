import { types } from '@neondatabase/serverless';
import { count, max, sql } from 'drizzle-orm';
import { integer, jsonb, pgTable, text, timestamp, vector } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase } from '../support/database.ts';
import { runBy, ways } from '../support/everywhere.ts';

const things = pgTable('things', {
  n: integer().primaryKey(),
  name: text(),
  data: jsonb(),
  at: timestamp({ withTimezone: true }),
  born: timestamp(),
  place: vector({ dimensions: 3 }),
});

const parsersOf = () => Object.values(types.builtins).map((type) => types.getTypeParser(type));
const parsersBefore = parsersOf();

let db: Database;

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  // Without pgvector, what is shown of `vector` is that its text passes unchanged.
  await db.batch((tx) => [
    tx.statement((q) =>
      q.execute(
        sql`create table things (n int primary key, name text, data jsonb, at timestamptz, born timestamp, place text)`,
      ),
    ),
    tx.statement((q) => q.execute(sql`create type mood as enum ('sad', 'NULL')`)),
  ]);
});

it('leaves the parsers of the driver, which are global, alone', async () => {
  for (const way of ways) {
    await runBy(way, db, (session) => session.statement((q) => q.execute(sql`select now(), '{}'::json`)));
  }
  expect(parsersOf()).toEqual(parsersBefore);
});

const bytes = new Uint8Array([0, 255]);

/** SQL, and what it is in JavaScript if no Drizzle column reads it. */
const raw: readonly (readonly [expression: string, value: unknown])[] = [
  ['null', null],
  ['true', true],
  ['1::int2', 1],
  ['1::int4', 1],
  ['9223372036854775807::int8', '9223372036854775807'],
  ['count(*)', '1'],
  ['1::oid', 1],
  [`'NaN'::float4`, Number.NaN],
  [`'-Infinity'::float8`, Number.NEGATIVE_INFINITY],
  [`'-0'::float8`, -0],
  ['1.50::numeric', '1.50'],
  [`''`, ''],
  [`'123'`, '123'],
  [`'"123"'::json`, '123'],
  [`'"123"'::jsonb`, '123'],
  [`'null'::jsonb`, null],
  [`'[1,{"a":null}]'::jsonb`, [1, { a: null }]],
  [`'\\x00ff'::bytea`, bytes],
  [`'2024-02-29'::date`, '2024-02-29'],
  [`'infinity'::timestamp`, 'infinity'],
  [`'2024-02-29 12:00:00.123456+02'::timestamptz`, '2024-02-29 10:00:00.123456+00'],
  [`'1 day 2 hours'::interval`, '1 day 02:00:00'],
  [`'(1,2)'::point`, '(1,2)'],
  [`int4range(1, 3)`, '[1,3)'],
  [`array[1,null]`, [1, null]],
  [
    `array[[1,2],[3,null]]`,
    [
      [1, 2],
      [3, null],
    ],
  ],
  [`'[0:1]={1,2}'::int[]`, [1, 2]],
  [`array[9223372036854775807]`, ['9223372036854775807']],
  [`array['a','NULL',null,'q"\\']`, ['a', 'NULL', null, 'q"\\']],
  [`array['{"a":1}'::jsonb,null,'"1"']`, [{ a: 1 }, null, '1']],
  [`array['\\x00ff'::bytea]`, [bytes]],
  [`'{}'::int[]`, []],
  // A type of the database's own: only its text is known.
  [`array['sad','NULL',null]::mood[]`, '{sad,"NULL",NULL}'],
];

describe.each(ways)('%s', (way) => {
  it.each(raw)('q.execute(select %s)', async (expression, value) => {
    const rows = runBy(way, db, (session) =>
      session.statement((q) => q.execute(sql.raw(`select ${expression} as value, 1 as "__proto__"`))),
    );
    expect(await rows).toStrictEqual([
      Object.fromEntries([
        ['value', value],
        ['__proto__', 1],
      ]),
    ]);
  });

  it.each(raw)('q.select({ value: sql`%s` })', async (expression, value) => {
    const rows = runBy(way, db, (session) =>
      session.statement((q) => q.select({ value: sql.raw(expression) }).from(sql`(select) as one`)),
    );
    expect(await rows).toStrictEqual([{ value }]);
  });

  it('an expression that is an array is an ordinary one, NULLs included', async () => {
    const [row] = await runBy(way, db, (session) =>
      session.statement((q) =>
        q.select({ names: sql<(string | null)[]>`array['a', null]` }).from(sql`(select) as one`),
      ),
    );
    expect(row?.names.map((name) => name ?? 'none')).toEqual(['a', 'none']);
  });

  it('a row, and expressions that are told to be like a column, are read by the column', async () => {
    const at = new Date('0033-04-03T15:00:00.000Z');
    const row = { n: 1, name: null, data: '"1"', at, born: at, place: [1, 2.5, -3] };
    const written = runBy(way, db, (session) =>
      session.statement((q) =>
        q.insert(things).values(row).onConflictDoUpdate({ target: things.n, set: row }).returning(),
      ),
    );
    expect(await written).toStrictEqual([row]);
    const born = sql`max(${things.born})`.mapWith(things.born).as('youngest');
    const read = runBy(way, db, (session) =>
      session.statement((q) => q.select({ at: max(things.at), born, count: count() }).from(things)),
    );
    expect(await read).toStrictEqual([{ at, born: at, count: 1 }]);
  });

  it('a Date is UTC, whatever the year and the offset', async () => {
    const read = runBy(way, db, (session) =>
      session.statement((q) =>
        q
          .select({
            ides: sql`'0044-03-15 12:00 BC'::timestamptz`.mapWith(things.at),
            far: sql`'12024-01-01'::timestamp`.mapWith(things.born),
            never: sql`'infinity'::timestamptz`.mapWith(things.at),
          })
          .from(sql`(select) as one`),
      ),
    );
    const far = new Date('+012024-01-01T00:00:00Z');
    expect(await read).toEqual([{ ides: new Date('-000043-03-15T12:00:00Z'), far, never: new Date(Number.NaN) }]);
  });
});

it('a Date outside of the years 1 to 9999 is refused, not stored wrong: Drizzle writes it in a form of ISO 8601 that Postgres does not read', async () => {
  for (const at of [new Date('+012024-01-01T00:00:00Z'), new Date('-000043-03-15T12:00:00Z')]) {
    const written = db.statement((q) => q.insert(things).values({ n: 2, at }));
    await expect(written.then()).rejects.toMatchObject({ code: 'invalid_value' });
  }
});
