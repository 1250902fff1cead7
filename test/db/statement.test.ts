import { sql } from 'drizzle-orm';
import { integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { beforeAll, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Database, InteractiveTransaction, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase, withDatabase } from '../../src/db/neon.ts';
import type { Statement } from '../../src/db/statement.ts';
import type { AppError } from '../../src/errors.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

const things = pgTable('things', { n: integer().primaryKey(), name: text().notNull(), at: timestamp() });

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  await db.statement((q) => q.execute(sql`create table things (n int primary key, name text not null, at timestamp)`));
});

beforeEach(async () => {
  await db.statement((q) => q.delete(things));
  await resetWireStats(database);
});

const add = (session: Session, n: number, name = 'x') =>
  session.statement((q) => q.insert(things).values({ n, name }).returning({ n: things.n }));
const all = (session: Session) => session.statement((q) => q.select().from(things).orderBy(things.n));
const numbers = async () => (await all(db)).map(({ n }) => n);
const requests = async () => (await wireStats(database)).http.requests;
const thrown = (promise: PromiseLike<unknown>): Promise<AppError> =>
  Promise.resolve(promise).then(
    () => expect.unreachable(),
    (error) => error,
  );

/** Drizzle refuses to encode this, before anything is sent. */
const unbuildable = (session: Session) =>
  session.statement((q) => q.insert(things).values({ n: 1, name: 'x', at: new Date(Number.NaN) }));

describe('a statement', () => {
  it('is lazy: nothing is built or sent until it is awaited', async () => {
    const build = vi.fn(() => expect.unreachable());
    db.statement(build);
    add(db, 1).map(build);
    expect([build.mock.calls.length, await requests()]).toEqual([0, 0]);
  });

  it('runs once, however often it is awaited, and gives the same result', async () => {
    const statement = add(db, 1);
    const [first, second] = await Promise.all([statement, statement]);
    expect(first).toEqual([{ n: 1 }]);
    expect([second, await statement].every((result) => result === first)).toBe(true);
    expect([await requests(), await numbers()]).toEqual([1, [1]]);
  });

  it('fails once, however often it is awaited, and with the same error', async () => {
    await add(db, 1);
    const statement = add(db, 1);
    const error = await thrown(statement);
    expect(error).toMatchObject({ code: 'conflict' });
    expect(await thrown(statement)).toBe(error);
    expect(await requests()).toBe(2);
  });

  it('that cannot be built fails when it is awaited, not before', async () => {
    const statement = unbuildable(db);
    const error = await thrown(statement);
    expect(error).toBeInstanceOf(RangeError);
    expect([await thrown(statement), await requests()]).toEqual([error, 0]);
  });

  it('can be mapped: the same statement, another result', async () => {
    const statement = add(db, 1);
    const mapped = statement.map(([row]) => `number ${row?.n}`);
    expectTypeOf(mapped).toEqualTypeOf<Statement<string>>();
    expect([await mapped, await mapped, await statement]).toEqual(['number 1', 'number 1', [{ n: 1 }]]);
    expect(await requests()).toBe(1);
    const error = new Error('mine');
    expect(await thrown(add(db, 2).map(() => Promise.reject(error)))).toBe(error);
  });
});

it('knows each of two tables of one name, which name their columns by their keys', async () => {
  await db.statement((q) => q.execute(sql`create table seen_twice (n int primary key, name text)`));
  const narrow = pgTable('seen_twice', { n: integer().primaryKey() });
  const wide = pgTable('seen_twice', { n: integer().primaryKey(), name: text() });
  expect(await db.statement((q) => q.select().from(narrow))).toEqual([]);
  await db.statement((q) => q.insert(wide).values({ n: 1, name: 'one' }));
  expect(await db.statement((q) => q.select().from(wide))).toEqual([{ n: 1, name: 'one' }]);
});

describe('a batch', () => {
  it('takes statements of its own and of a Database, and gives a typed tuple', async () => {
    const own = add(db, 2).map(([row]) => row?.n);
    const results = await db.batch((tx) => [add(tx, 1), own, all(tx).map((rows) => rows.length)]);
    expectTypeOf(results).toEqualTypeOf<[{ n: number }[], number | undefined, number]>();
    expect(results).toEqual([[{ n: 1 }], 2, 2]);
    expect([await own, await requests()]).toEqual([2, 1]); // awaited later, it has run already
  });

  it('takes as many as there are at run time', async () => {
    const results = await db.batch((tx) => [1, 2, 3].map((n) => add(tx, n)));
    expectTypeOf(results).toEqualTypeOf<{ n: number }[][]>();
    expect(results.flat()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('of nothing is nothing', async () => {
    expect(await db.batch(() => [])).toEqual([]);
    expect(await requests()).toBe(0);
  });

  it('runs a statement once that is in it twice', async () => {
    const twice = db.batch((tx) => {
      const statement = add(tx, 1);
      return [statement, statement];
    });
    expect(await twice).toEqual([[{ n: 1 }], [{ n: 1 }]]);
  });

  it('saves nothing if one fails, and every statement tells', async () => {
    const first = add(db, 1);
    const failed = db.batch((tx) => [first, add(tx, 1)]);
    expect(await thrown(failed)).toMatchObject({ code: 'conflict' });
    expect(await thrown(first)).toMatchObject({ code: 'conflict' });
    expect(await numbers()).toEqual([]);
  });

  it('refuses a statement that has run', async () => {
    const [ran, other] = [add(db, 1), add(db, 2)];
    await ran;
    expect(await thrown(db.batch(() => [other, ran]))).toMatchObject({ message: expect.stringMatching('already run') });
    expect(await thrown(other)).toMatchObject({ code: 'misuse' });
    expect(await numbers()).toEqual([1]);
  });

  it('refuses a statement of another transaction or batch', async () => {
    let foreign: Statement<unknown> | undefined;
    await db.transaction(async (tx) => {
      foreign = add(tx, 1);
      expect(await thrown(db.batch((other) => [add(other, 2), add(tx, 3)]))).toMatchObject({ code: 'misuse' });
    });
    expect(await thrown(db.batch(() => [foreign ?? expect.unreachable()]))).toMatchObject({ code: 'misuse' });
    expect([await requests(), await numbers()]).toEqual([0, []]);
  });

  it('sends nothing if one cannot be built', async () => {
    const first = add(db, 1);
    expect(await thrown(db.batch((tx) => [first, unbuildable(tx)]))).toBeInstanceOf(RangeError);
    expect(await thrown(first)).toMatchObject({ code: 'misuse' });
    expect([await requests(), await numbers()]).toEqual([0, []]);
  });

  it('sends nothing if its function throws', async () => {
    const error = new Error('mine');
    const failed = db.batch((tx) => {
      add(tx, 1);
      throw error;
    });
    expect([await thrown(failed), await requests()]).toEqual([error, 0]);
  });

  it('refuses a function that awaits', async () => {
    const inner = vi.fn();
    const failed = db.batch(
      // @ts-expect-error A promise is no list of statements
      async (tx) => [await add(tx, 1).then(null, (error: AppError) => inner(error.code)), add(tx, 2)],
    );
    expect(await thrown(failed)).toMatchObject({ code: 'misuse' });
    expect([await requests(), await numbers()]).toEqual([0, []]);
    await vi.waitFor(() => expect(inner).toHaveBeenCalledWith('misuse'));
  });

  it('is refused by a closed database', async () => {
    const closed = await withDatabase({ url: database.url }, async (open) => open);
    const build = vi.fn(() => []);
    expect(await thrown(closed.batch(build))).toMatchObject({ code: 'database_closed' });
    expect(await thrown(add(closed, 1))).toMatchObject({ code: 'database_closed' });
    expect(await thrown(all(closed.primary))).toMatchObject({ code: 'database_closed' });
    expect(build).not.toHaveBeenCalled();
  });
});

it('a Database and a Transaction are not taken for each other', () => {
  const write = (_: Transaction) => {};
  const admin = (_: Database) => {};
  const nest = (_: InteractiveTransaction) => {};
  const read = (_: Session) => {};
  void function compiled(tx: Transaction, interactive: InteractiveTransaction) {
    // @ts-expect-error A write needs a transaction
    write(db);
    // @ts-expect-error A transaction is no database
    admin(tx);
    // @ts-expect-error Nor is an interactive one
    admin(interactive);
    // @ts-expect-error The transaction of a batch has no savepoints
    nest(tx);
    // @ts-expect-error A transaction opens no batch
    void tx.batch;
    // @ts-expect-error Drizzle's own transaction() would leave the session
    db.statement((q) => q.transaction(async () => {}));
    write(interactive);
    for (const session of [db, tx, interactive]) read(session);
  };
  expectTypeOf<Database>().not.toExtend<Transaction>();
  expectTypeOf<Transaction>().not.toExtend<Database>();
});
