import { sql } from 'drizzle-orm';
import {
  bigint,
  doublePrecision,
  jsonb,
  type PgColumnBuilderBase,
  pgTable,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytea } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase } from '../support/database.ts';
import { runBy, ways } from '../support/everywhere.ts';

let db: Database;

/** What Postgres can hold as text: anything but U+0000. */
const texts = fc.string({ unit: 'grapheme' }).map((string) => string.replaceAll('\0', ''));
const withoutNul = (_: string, value: unknown) => {
  if (typeof value === 'string') return value.replaceAll('\0', '');
  return Object.is(value, -0) ? 0 : value; // JSON has no -0
};
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', ''), withoutNul));
const instants = fc.date({ noInvalidDate: true, min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31') });
const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

type Random = readonly [name: string, type: string, column: PgColumnBuilderBase, values: fc.Arbitrary<unknown>];

const columns: readonly Random[] = [
  ['text', 'text', text(), texts],
  ['text[]', 'text[]', text().array(), fc.array(fc.option(texts))],
  ['jsonb', 'jsonb', jsonb(), json.filter((value) => value !== null)],
  ['jsonb[]', 'jsonb[]', jsonb().array(), fc.array(json)],
  ['bytea', 'bytea', bytea(), fc.uint8Array()],
  ['bytea[]', 'bytea[]', bytea().array(), fc.array(fc.option(fc.uint8Array()))],
  ['double precision', 'float8', doublePrecision(), fc.double()],
  ['bigint', 'int8', bigint({ mode: 'bigint' }), int8],
  ['bigint[]', 'int8[]', bigint({ mode: 'bigint' }).array(), fc.array(fc.option(int8))],
  ['timestamptz', 'timestamptz', timestamp({ withTimezone: true }), instants],
  ['timestamp[]', 'timestamp[]', timestamp().array(), fc.array(fc.option(instants))],
];

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  await db.batch((tx) =>
    columns.map(([name, type]) =>
      tx.statement((q) => q.execute(sql.raw(`create table "${name}" (value ${type} not null)`))),
    ),
  );
});

describe.each(columns)('%s', (name, _, column, values) => {
  const table = pgTable(name, { value: column });

  it('any value comes back as it went in, in each of the three ways', async () => {
    const property = fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 30 }), async (some) => {
      const rows = some.map((value) => ({ value }));
      for (const way of ways) {
        const back = await runBy(way, db, (session) =>
          session.statement((q) => q.insert(table).values(rows).returning()),
        );
        expect(back).toStrictEqual(rows);
      }
    });
    await fc.assert(property, { numRuns: 15 });
  });
});
