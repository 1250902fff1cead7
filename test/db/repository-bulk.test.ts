import { sql } from 'drizzle-orm';
import { interval, pgTable } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { id } from '../../src/db/columns.ts';
import type { Database, Transaction } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { counters, openFixture, people, someone } from './fixture.ts';

const repo = repository(people);
const counted = repository(counters);
const on = [sql`lower(${people.email})`];

let db: Database;
let database: TestDatabase;
beforeAll(async () => {
  ({ db, database } = await openFixture());
});

describe('createMany', () => {
  it('stores 10,000 rows in one round trip, in their order', async () => {
    // 10,000 rows of 8 fields each: more parameters than one statement may have.
    const values = Array.from({ length: 10_000 }, (_, i) =>
      someone({ name: `bulk ${i}`, age: i, visits: BigInt(i), balance: `${i}.5`, tags: ['x'], settings: { i } }),
    );
    await resetWireStats(database);
    const [rows] = await db.batch((tx) => [repo.createMany(tx, values)]);
    expect((await wireStats(database)).http).toMatchObject({ requests: 1, roundTrips: 1 });
    expect(rows.map(({ age }) => age)).toEqual(values.map(({ age }) => age));
    expect(rows[9_999]).toMatchObject({ name: 'bulk 9999', visits: 9999n, balance: '9999.5', settings: { i: 9999 } });
    expect(await repo.count(db, { name: { startsWith: 'bulk ' } })).toBe(10_000);
  });

  it('stores what `create` stores of the same values, of a type with fields, too', async () => {
    await db.statement((q) => q.execute(sql`create table stays (id uuid primary key, days interval day)`));
    const stays = repository(pgTable('stays', { ...id(), days: interval('days', { fields: 'day' }) }));
    const [one, [other]] = await db.batch((tx) => [
      stays.create(tx, { days: '5' }),
      stays.createMany(tx, [{ days: '5' }]),
    ]);
    expect([one.days, other?.days]).toEqual(['5 days', '5 days']);
  });

  it('takes rows that give different fields, and gives them in their order', async () => {
    const [rows] = await db.batch((tx) => [
      counted.createMany(tx, [{ name: 'm1', value: 1 }, { name: 'm2' }, { name: 'm3', value: 3 }, { name: 'm4' }]),
    ]);
    expect(rows.map(({ name, value }) => [name, value])).toEqual([
      ['m1', 1],
      ['m2', 7],
      ['m3', 3],
      ['m4', 7],
    ]);
    const [mixed] = await db.batch((tx) => [
      repo.createMany(tx, [someone({ age: 1 }), someone(), someone({ name: 'x', isActive: false })]),
    ]);
    expect(mixed.map(({ age, name, isActive }) => [age, name, isActive])).toEqual([
      [1, null, true],
      [null, null, true],
      [null, 'x', false],
    ]);
  });

  it('takes none', async () => {
    expect(await db.batch((tx) => [repo.createMany(tx, []), counted.createMany(tx, [])])).toEqual([[], []]);
  });

  it('stores all or none, and names what is wrong', async () => {
    const [taken] = await db.batch((tx) => [repo.create(tx, someone())]);
    const values = [someone({ name: 'half' }), someone({ email: taken.email.toUpperCase() })];
    await expect(db.batch((tx) => [repo.createMany(tx, values)])).rejects.toMatchObject({
      code: 'conflict',
      constraint: 'people_email_key',
    });
    expect(await repo.exists(db, { name: 'half' })).toBe(false);
    const misspelt = [someone(), { ...someone(), nmae: 'x' }];
    await expect(db.batch((tx) => [repo.createMany(tx, misspelt)])).rejects.toMatchObject({ code: 'invalid_input' });
    const broken = [someone(), someone({ seenAt: new Date(Number.NaN) })];
    await expect(db.batch((tx) => [repo.createMany(tx, broken)])).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ path: '1.seenAt' }],
    });
  });
});

describe('upsert', () => {
  it('inserts, then changes what is given', async () => {
    const { email } = someone();
    const [first] = await db.batch((tx) => [repo.upsert(tx, { email, name: 'a', age: 1 }, { on })]);
    expect(first).toMatchObject({ created: true, row: { name: 'a', version: 1 } });
    const [second] = await db.batch((tx) => [repo.upsert(tx, { email, name: 'b' }, { on })]);
    expect(second).toEqual({
      created: false,
      row: { ...first.row, name: 'b', version: 2, updatedAt: second.row.updatedAt },
    });
    const [third] = await db.batch((tx) => [repo.upsert(tx, { email, name: 'c', age: 9 }, { on, set: ['age'] })]);
    expect(third.row).toMatchObject({ name: 'b', age: 9, id: first.row.id });
  });

  it('knows its own row of the same batch', async () => {
    const { email } = someone();
    const results = await db.batch((tx) => [
      repo.upsert(tx, { email, age: 1 }, { on }),
      repo.upsert(tx, { email, age: 2 }, { on }),
      repo.getOrCreate(tx, { email, age: 3 }, { on }),
    ]);
    expect(results.map(({ created, row }) => [created, row.age])).toEqual([
      [true, 1],
      [false, 2],
      [false, 2],
    ]);
  });

  it('takes many, each with the fields it gives', async () => {
    const [a, b, c] = [someone(), someone(), someone()];
    await db.batch((tx) => [
      repo.createMany(tx, [
        { ...a, age: 1 },
        { ...b, name: 'b', age: 2 },
      ]),
    ]);
    const [stored] = await db.batch((tx) => [
      repo.upsertMany(
        tx,
        [
          { ...c, age: 30 },
          { ...a, name: 'new' },
          { ...b, age: 20 },
        ],
        { on },
      ),
    ]);
    expect(stored.map(({ created, row }) => [created, row.email, row.name, row.age])).toEqual([
      [true, c.email, null, 30],
      [false, a.email, 'new', 1],
      [false, b.email, 'b', 20],
    ]);
  });

  it('works on a constraint over fields, and on 10,000 rows', async () => {
    const values = Array.from({ length: 10_000 }, (_, i) => ({ name: `upsert ${i}`, value: i }));
    await db.batch((tx) => [counted.createMany(tx, values.slice(0, 5_000))]);
    const [stored] = await db.batch((tx) => [
      counted.upsertMany(
        tx,
        values.map(({ name, value }) => ({ name, value: value + 1 })),
        { on: ['name'] },
      ),
    ]);
    expect(stored.filter(({ created }) => created)).toHaveLength(5_000);
    expect(stored.every(({ row }, i) => row.value === i + 1)).toBe(true);
  });

  it('leaves deleted rows alone', async () => {
    const { email } = someone();
    const [old] = await db.batch((tx) => [repo.create(tx, { email })]);
    await db.batch((tx) => [repo.delete(tx, old.id)]);
    const [{ row, created }] = await db.batch((tx) => [repo.upsert(tx, { email, name: 'new' }, { on })]);
    expect(created).toBe(true);
    expect(row.id).not.toBe(old.id);
    expect(await repo.onlyDeleted.get(db, old.id)).toMatchObject({ name: null });
    const again = { ...someone(), id: old.id, name: 'x' };
    await expect(db.batch((tx) => [repo.upsert(tx, again, { on: ['id'] })])).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('getOrCreate', () => {
  it('gives what is there as it is, and nothing fires', async () => {
    const { email } = someone();
    const [first] = await db.batch((tx) => [repo.getOrCreate(tx, { email, name: 'a' }, { on })]);
    const [second] = await db.batch((tx) => [repo.getOrCreate(tx, { email, name: 'b' }, { on })]);
    expect(first.created).toBe(true);
    expect(second).toEqual({ created: false, row: first.row });
  });

  it('creates one row for twenty callers at once, and gives it to all', async () => {
    for (let round = 0; round < 5; round++) {
      const { email } = someone();
      const stored = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const [result] = await db.batch((tx) => [repo.getOrCreate(tx, { email, name: `n${i}` }, { on })]);
          return result;
        }),
      );
      expect(stored.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(stored.map(({ row }) => `${row.id} ${row.name} ${row.version}`)).size).toBe(1);
    }
  });
});

describe('a filter that is not there, as untyped code may give it,', () => {
  const { where } = JSON.parse('{}');

  it.each([
    ['updateMany', (tx: Transaction) => repo.updateMany(tx, where, { isActive: false })],
    ['deleteMany', (tx: Transaction) => repo.deleteMany(tx, where)],
    ['purgeMany', (tx: Transaction) => repo.purgeMany(tx, where)],
  ])('is refused by %s', async (_, write) => {
    const before = await repo.count(db, { isActive: true });
    const writing = db.batch((tx) => [write(tx)]);
    await expect(writing).rejects.toMatchObject({
      code: 'misuse',
      message: 'A filter is missing: `{}` means all rows',
    });
    expect(await repo.count(db, { isActive: true })).toBe(before);
  });
});
