import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  date,
  doublePrecision,
  integer,
  interval,
  json,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  real,
  smallint,
  text,
  time,
  timestamp,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import * as fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bytea, id } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import { toMany, toOne } from '../../src/db/relations.ts';
import { repository } from '../../src/db/repository.ts';
import { resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { notes, openFixture, people, someone } from './fixture.ts';

const color = pgEnum('color', ['red', 'dark green']);
/** A column of every type that reads differently from its JSON. */
const values = pgTable('values', {
  ...id(),
  personId: uuid('person_id').notNull(),
  big: bigint('big', { mode: 'bigint' }),
  safe: bigint('safe', { mode: 'number' }),
  small: smallint('small'),
  whole: integer('whole'),
  exact: numeric('exact'),
  double: doublePrecision('double'),
  single: real('single'),
  flag: boolean('flag'),
  at: timestamp('at', { withTimezone: true, precision: 3 }),
  exactAt: timestamp('exact_at', { mode: 'string' }),
  day: date('day', { mode: 'date' }),
  clock: time('clock'),
  span: interval('span'),
  padded: char('padded', { length: 5 }),
  short: varchar('short', { length: 9 }),
  plain: text('plain'),
  doc: json('doc'),
  docb: jsonb('docb'),
  bytes: bytea('bytes'),
  color: color('color'),
  flags: boolean('flags').array(),
  wholes: integer('wholes').array(),
  bigs: bigint('bigs', { mode: 'bigint' }).array(),
  texts: text('texts').array(),
  colors: color('colors').array(),
  blobs: bytea('blobs').array(),
  docs: jsonb('docs').array(),
});

const repo = repository(people);
const valued = repository(values);
const noted = repository(notes);

let db: Database;
let database: TestDatabase;
beforeAll(async () => {
  ({ db, database } = await openFixture());
  await db.statement((q) => q.execute(sql`create type color as enum ('red', 'dark green')`));
  await db.statement((q) =>
    q.execute(sql`create table "values" (id uuid primary key, person_id uuid not null, big bigint, safe bigint, small smallint,
      whole integer, exact numeric, double double precision, single real, flag boolean, at timestamptz(3),
      exact_at timestamp, day date, clock time, span interval, padded char(5), short varchar(9), plain text, doc json,
      docb jsonb, bytes bytea, color color, flags boolean[], wholes integer[], bigs bigint[], texts text[],
      colors color[], blobs bytea[], docs jsonb[])`),
  );
});

async function author(...bodies: string[]) {
  const [person] = await db.batch((tx) => [repo.create(tx, someone())]);
  const [written] = await db.batch((tx) => [
    noted.createMany(
      tx,
      bodies.map((body) => ({ personId: person.id, body })),
    ),
  ]);
  return { person, written };
}

describe('to many', () => {
  it('reads children with their parent, in order, deleted ones left out', async () => {
    const { person, written } = await author('b', 'a', 'c');
    await db.batch((tx) => [noted.delete(tx, written[2]?.id ?? '')]);
    const found = await repo.get(db, person.id, { with: { notes: toMany(notes, 'personId', { orderBy: ['body'] }) } });
    expect(found).toEqual({ ...person, notes: [written[1], written[0]] });
  });

  it('gives an empty list where there are none', async () => {
    const { person } = await author();
    expect(await repo.find(db, person.id, { with: { notes: toMany(notes, 'personId') } })).toEqual({
      ...person,
      notes: [],
    });
  });

  it('limits and filters per parent', async () => {
    const [one, two] = [await author('1', '2', '3', 'x'), await author('4', '5', '6', 'x')];
    const latest = toMany(notes, 'personId', { where: { body: { ne: 'x' } }, orderBy: ['-body'], limit: 2 });
    const rows = await repo.findMany(db, [two.person.id, one.person.id], { with: { latest } });
    expect(rows.map((row) => row.latest.map(({ body }) => body))).toEqual([
      ['6', '5'],
      ['3', '2'],
    ]);
  });
});

describe('to one', () => {
  it('reads the row that is referred to, or null if it is deleted', async () => {
    const { person, written } = await author('a');
    const owner = toOne(people, 'personId');
    const noteId = written[0]?.id ?? '';
    expect(await noted.get(db, noteId, { with: { owner } })).toEqual({ ...written[0], owner: person });
    await db.batch((tx) => [repo.delete(tx, person.id)]);
    expect(await noted.get(db, noteId, { with: { owner } })).toEqual({ ...written[0], owner: null });
  });

  it('refers to its own table, and nests', async () => {
    const { person, written } = await author('root');
    const parentId = written[0]?.id ?? '';
    const [child] = await db.batch((tx) => [noted.create(tx, { personId: person.id, parentId, body: 'leaf' })]);
    const tree = {
      parent: toOne(notes, 'parentId', {
        with: { owner: toOne(people, 'personId', { with: { notes: toMany(notes, 'personId') } }) },
      }),
      children: toMany(notes, 'parentId', { with: { parent: toOne(notes, 'parentId') } }),
    };
    expect(await noted.get(db, child.id, { with: tree })).toEqual({
      ...child,
      parent: { ...written[0], owner: { ...person, notes: [written[0], child] } },
      children: [],
    });
    expect(await noted.get(db, parentId, { with: tree })).toEqual({
      ...written[0],
      parent: null,
      children: [{ ...child, parent: written[0] }],
    });
  });
});

describe('wherever rows are read', () => {
  it('loads in every kind of list, and in a batch', async () => {
    const { person, written } = await author('everywhere');
    const relations = { with: { owner: toOne(people, 'personId') } };
    const where = { body: 'everywhere' } as const;
    const expected = { ...written[0], owner: person };
    expect(await noted.all(db, { where, ...relations })).toEqual([expected]);
    expect(await noted.list(db, { where, ...relations })).toMatchObject({ items: [expected], total: 1 });
    expect(await noted.findOne(db, where, relations)).toEqual(expected);
    const request = { where, ...relations, secret: 'a secret of sixteen', total: true };
    expect(await noted.page(db, request)).toMatchObject({ items: [expected], total: 1 });
    for await (const row of noted.iterate(db, { where, ...relations })) expect(row).toEqual(expected);
    const id = written[0]?.id ?? '';
    expect(await db.batch((tx) => [noted.get(tx, id, relations), noted.find(tx, id, relations)])).toEqual([
      expected,
      expected,
    ]);
  });

  describe('on the wire', () => {
    beforeEach(() => resetWireStats(database));
    it('is one round trip, however many parents and relations', async () => {
      await repo.all(db, {
        with: {
          notes: toMany(notes, 'personId', { with: { owner: toOne(people, 'personId') } }),
          values: toMany(values, 'personId'),
        },
      });
      expect((await wireStats(database)).http.roundTrips).toBe(1);
    });
  });

  it('is typed', () => {
    const typed = async () => {
      const row = await noted.get(db, '', { with: { owner: toOne(people, 'personId') } });
      const email: string | undefined = row.owner?.email;
      // @ts-expect-error it may be null
      row.owner.email;
      // @ts-expect-error not loaded
      row.children;
      // @ts-expect-error people have no field personId
      await repo.get(db, '', { with: { owner: toOne(people, 'personId') } });
      // @ts-expect-error notes have no such field
      toMany(notes, 'authorId');
      return email;
    };
    expect(typed).toBeTypeOf('function');
  });

  it('knows the fields of a table, and nothing that every object has', async () => {
    const [person] = await db.batch((tx) => [repo.create(tx, someone())]);
    for (const key of ['constructor', 'toString', '__proto__'] as const) {
      // @ts-expect-error notes have no such field
      const relation = toMany(notes, key);
      expect(() => repo.all(db, { with: { relation } })).toThrow(`There is no field ${key} in notes`);
    }
    const found = await repo.get(db, person.id, { with: { toString: toMany(notes, 'personId') } });
    expect(found.toString).toEqual([]);
  });

  it('cannot take the name of a field', () => {
    expect(() => repo.all(db, { with: { email: toMany(notes, 'personId') } })).toThrow('the name of a column');
  });
});

describe('values', () => {
  const plain = fc
    .string({ unit: 'grapheme', maxLength: 8 })
    .filter((value) => value.isWellFormed() && !value.includes('\0'));
  const nullable = <V>(arbitrary: fc.Arbitrary<V>) => fc.option(arbitrary, { nil: null });
  const jsonValue = fc
    .jsonValue({ maxDepth: 2 })
    .filter((value) => value !== null && !JSON.stringify(value).includes('\\u0000'))
    .map((value): unknown => JSON.parse(JSON.stringify(value))); // JSON has no -0
  const row = fc.record({
    big: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    safe: nullable(fc.maxSafeInteger()),
    small: nullable(fc.integer({ min: -32768, max: 32767 })),
    whole: nullable(fc.integer()),
    exact: nullable(fc.tuple(fc.bigInt(), fc.nat()).map(([a, b]) => `${a}.${b}`)),
    double: nullable(fc.double()),
    single: nullable(fc.constantFrom(0.5, -1.25, Number.NaN, -Infinity)),
    flag: nullable(fc.boolean()),
    at: nullable(fc.date({ min: new Date('1800-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })),
    exactAt: nullable(fc.constantFrom('2024-01-01 00:00:00.123456', 'infinity', '0044-03-15 12:00:00 BC')),
    day: nullable(fc.constantFrom(new Date('2024-02-29'), new Date('1970-01-01'))),
    clock: nullable(fc.constantFrom('23:59:59.999999', '00:00:00')),
    span: nullable(fc.constantFrom('1 year 2 mons', '-00:00:01.5', '3 days')),
    padded: nullable(fc.constantFrom('ab   ', '     ', 'abcde')),
    short: nullable(fc.constantFrom('', 'a"b\\c', "'{,}'")),
    plain: nullable(plain),
    doc: nullable(jsonValue),
    docb: nullable(jsonValue),
    bytes: nullable(fc.uint8Array({ maxLength: 9 })),
    color: nullable(fc.constantFrom('red' as const, 'dark green' as const)),
    flags: nullable(fc.array(fc.boolean(), { maxLength: 3 })),
    wholes: nullable(fc.array(fc.integer(), { maxLength: 3 })),
    bigs: nullable(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 3 })),
    texts: nullable(fc.array(plain, { maxLength: 3 })),
    colors: nullable(fc.array(fc.constantFrom('red' as const, 'dark green' as const), { maxLength: 3 })),
    blobs: nullable(fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 3 })),
    docs: nullable(fc.array(jsonValue, { maxLength: 2 })),
  });

  it('come back as they went in, and the same through a relation as directly', async () => {
    const [person] = await db.batch((tx) => [repo.create(tx, someone())]);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 3 }), async (rows) => {
        const [stored] = await db.batch((tx) => [
          valued.createMany(
            tx,
            rows.map((fields) => ({ ...fields, personId: person.id })),
          ),
          valued.deleteMany(tx, {}),
        ]);
        stored.forEach(({ id, personId, docb, docs, exact, ...fields }, i) => {
          const { docb: _, docs: __, exact: sent, ...given } = rows[i] ?? {};
          expect(fields).toEqual(given);
          expect(exact === null ? null : Number(exact)).toEqual(sent == null ? null : Number(sent));
        });
        const [again] = await db.batch((tx) => [valued.createMany(tx, stored)]);
        expect(again).toEqual(stored); // a row that was read can be written
        const read = await repo.get(db, person.id, { with: { values: toMany(values, 'personId') } });
        expect(read.values).toEqual([...again].sort((a, b) => (a.id < b.id ? -1 : 1)));
        await db.batch((tx) => [valued.deleteMany(tx, {})]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
