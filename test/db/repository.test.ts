import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { counters, openFixture, people, someone } from './fixture.ts';

const repo = repository(people, { name: 'person' });
const counted = repository(counters);
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

let db: Database;
let database: TestDatabase;
beforeAll(async () => {
  ({ db, database } = await openFixture());
});

const created = async (fields: Parameters<typeof someone>[0] = {}) =>
  (await db.batch((tx) => [repo.create(tx, someone(fields))]))[0];

describe('create', () => {
  it('gives the row as it was stored, defaults of both sides included', async () => {
    const row = await created({
      name: 'Ada',
      tags: ['a,"b', '\\'],
      settings: { a: '1' },
      photo: new Uint8Array([0, 255]),
    });
    expect(row).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{14}7/),
      name: 'Ada',
      age: null,
      visits: 0n,
      balance: '0',
      tags: ['a,"b', '\\'],
      settings: { a: '1' },
      photo: new Uint8Array([0, 255]),
      createdAt: expect.any(Date),
      isDeleted: false,
      version: 1,
    });
    expect(await repo.get(db, row.id)).toEqual(row);
  });

  it('numbers rows of an identity', async () => {
    const [a, b] = await db.batch((tx) => [counted.create(tx, { name: 'a' }), counted.create(tx, { name: 'b' })]);
    expect([a, b]).toEqual([
      { id: 1, name: 'a', value: 7 },
      { id: 2, name: 'b', value: 7 },
    ]);
    expect(await counted.get(db, 2)).toEqual(b);
  });

  it('refuses fields that do not exist', async () => {
    const values = { ...someone(), nmae: 'Ada' };
    await expect(db.batch((tx) => [repo.create(tx, values)])).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ path: 'nmae' }],
    });
    // @ts-expect-error a field that does not exist
    expect(() => repo.create(null as never, { email: 'a', nmae: 'Ada' })).toThrow();
  });
});

describe('reads', () => {
  it('find, get, exists, count', async () => {
    const row = await created({ name: 'reads' });
    expect(await repo.find(db, row.id)).toEqual(row);
    expect(await repo.find(db, NOBODY)).toBeUndefined();
    await expect(repo.get(db, NOBODY)).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no person with this id',
      table: 'people',
    });
    expect(await repo.exists(db, row.id)).toBe(true);
    expect(await repo.exists(db, NOBODY)).toBe(false);
    expect(await repo.exists(db, { name: 'reads' })).toBe(true);
    expect(await repo.count(db, { name: 'reads' })).toBe(1);
    expect(await repo.count(db, { name: 'nobody' })).toBe(0);
    expect(await repo.findOne(db, { name: 'reads' })).toEqual(row);
  });

  it('finds many in the order of their ids, each once', async () => {
    const [a, b] = [await created(), await created()];
    const ids = [b.id.toUpperCase(), NOBODY, a.id, b.id];
    expect((await repo.findMany(db, ids)).map(({ id }) => id)).toEqual([b.id, a.id]);
    expect(await repo.findMany(db, [])).toEqual([]);
  });

  it('lists with a total, also past the end', async () => {
    const rows = [];
    for (const age of [3, 1, 2]) rows.push(await created({ name: 'listed', age }));
    const where = { name: 'listed' } as const;
    expect(await repo.list(db, { where, orderBy: ['-age'], limit: 2 })).toEqual({
      items: [rows[0], rows[2]],
      total: 3,
      offset: 0,
      limit: 2,
    });
    expect(await repo.list(db, { where, offset: 9, limit: 2 })).toEqual({ items: [], total: 3, offset: 9, limit: 2 });
    expect(await repo.list(db, { where, limit: 0 })).toEqual({ items: [], total: 3, offset: 0, limit: 0 });
    const none = { name: 'nobody has this' };
    expect(await repo.list(db, { where: none, limit: 2 })).toEqual({ items: [], total: 0, offset: 0, limit: 2 });
    expect((await repo.all(db, { where, orderBy: ['age'], offset: 1 })).map(({ age }) => age)).toEqual([2, 3]);
    await expect(async () => repo.all(db, { limit: -1 })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('iterates over everything in chunks, on a database and in a batch of its own order', async () => {
    await db.batch((tx) => [
      repo.createMany(
        tx,
        Array.from({ length: 25 }, (_, i) => someone({ name: 'iterated', age: i % 4 })),
      ),
    ]);
    const where = { name: 'iterated' } as const;
    await resetWireStats(database);
    const ages = [];
    for await (const { age } of repo.iterate(db, { where, orderBy: ['-age'], chunk: 10 })) ages.push(age);
    expect(ages).toHaveLength(25);
    expect(ages).toEqual([...ages].sort((a, b) => Number(b) - Number(a)));
    expect((await wireStats(database)).http.roundTrips).toBe(3);
  });
});

describe('types', () => {
  it('need a transaction for every write', async () => {
    const session: Session = db;
    const refused = [
      // @ts-expect-error a Database cannot write
      () => repo.create(db, someone()),
      // @ts-expect-error nor can a session that may be one
      () => repo.create(session, someone()),
      // @ts-expect-error
      () => repo.createMany(db, [someone()]),
      // @ts-expect-error
      () => repo.update(db, NOBODY, {}),
      // @ts-expect-error
      () => repo.updateMany(db, {}, {}),
      // @ts-expect-error
      () => repo.increment(db, NOBODY, {}),
      // @ts-expect-error
      () => repo.delete(db, NOBODY),
      // @ts-expect-error
      () => repo.remove(db, NOBODY),
      // @ts-expect-error
      () => repo.deleteMany(db, {}),
      // @ts-expect-error
      () => repo.restore(db, NOBODY),
      // @ts-expect-error
      () => repo.purge(db, NOBODY),
      // @ts-expect-error
      () => repo.purgeMany(db, {}),
      // @ts-expect-error
      () => repo.upsert(db, someone(), { on: ['email'] }),
      // @ts-expect-error
      () => repo.upsertMany(db, [someone()], { on: ['email'] }),
      // @ts-expect-error
      () => repo.getOrCreate(db, someone(), { on: ['email'] }),
    ];
    for (const write of refused) expect(write).toThrow('A write needs a transaction');
  });

  it('refuse unknown fields and versions of tables that have none', () => {
    const typed = (tx: Transaction) => [
      // @ts-expect-error no such field
      repo.update(tx, NOBODY, { nmae: 'Ada' }),
      // @ts-expect-error kept by a trigger
      repo.update(tx, NOBODY, { version: 2 }),
      // @ts-expect-error counters have no version
      counted.update(tx, 1, { value: 2 }, { version: 1 }),
      // @ts-expect-error an id of another type
      counted.update(tx, NOBODY, { value: 2 }),
      // @ts-expect-error a required field
      repo.create(tx, { name: 'Ada' }),
    ];
    expect(typed).toBeTypeOf('function');
  });
});

describe('on the wire', () => {
  beforeEach(() => resetWireStats(database));

  it.each([
    ['find', () => repo.find(db, NOBODY)],
    ['findMany', () => repo.findMany(db, [NOBODY])],
    ['all', () => repo.all(db)],
    ['list', () => repo.list(db)],
    ['page', () => repo.page(db, { secret: 'a secret of sixteen' })],
    ['count', () => repo.count(db)],
    ['exists', () => repo.exists(db, NOBODY)],
    [
      'createMany',
      () => db.batch((tx) => [repo.createMany(tx, [someone(), someone({ visits: 1n }), someone({ age: 1 })])]),
    ],
    ['upsert', () => db.batch((tx) => [repo.upsert(tx, someone(), { on: [sql`lower(${people.email})`] })])],
  ])('%s is one round trip', async (_, run) => {
    await run();
    expect(await wireStats(database)).toMatchObject({
      http: { requests: 1, roundTrips: 1 },
      websocket: { roundTrips: 0 },
    });
  });
});
