import { sql } from 'drizzle-orm';
import { beforeAll, expect, inject, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

const one = (session: Session) => session.statement((q) => q.execute(sql`select 1`));
const read = (session: Session) => session.statement((q) => q.select({ one: sql`1` }).from(sql`pg_class`).limit(1));

/** What a request may do; each of them several times over, so that a count is more than a flag. */
const uses: [what: string, use: (db: Database) => Promise<unknown>, roundTrips: number][] = [
  ['nothing', async () => {}, 0],
  ['two reads in turn', async (db) => [await one(db), await one(db)], 2],
  ['two reads side by side', (db) => Promise.all([one(db), one(db)]), 2],
  ['a batch of two', (db) => db.batch((tx) => [one(tx), one(tx)]), 1],
  ['a batch with options', (db) => db.batch((tx) => [one(tx)], { settings: { 'app.user_id': '1' } }), 1],
  ['a batch that fails', (db) => db.batch((tx) => [one(tx), fail(tx)]).catch(() => {}), 1],
  ['a transaction without a statement', (db) => db.transaction(async () => {}), 0],
  ['a transaction that waits twice', (db) => db.transaction(async (tx) => [await one(tx), await one(tx)]), 3],
  ['a transaction that fails', (db) => db.transaction(async (tx) => fail(tx)).catch(() => {}), 2],
  ['two transactions side by side', (db) => Promise.all([0, 1].map(() => db.transaction(async (tx) => one(tx)))), 4],
  ['a transaction that is run again', (db) => runAgain(db), 4],
  ['everything', async (db) => [await one(db), await db.batch((tx) => [one(tx)]), await db.transaction(one)], 4],
];

const fail = (session: Session) => session.statement((q) => q.execute(sql`select 1 / 0`));

/** Fails the first time with a serialization failure. */
function runAgain(db: Database): Promise<unknown> {
  let runs = 0;
  return db.transaction(async (tx) => {
    if (runs++ > 0) return one(tx);
    return tx.statement((q) => q.execute(sql`do $$ begin raise sqlstate '40001'; end $$`));
  });
}

it.each(uses)('counts what the wire counts: %s', async (_, use, roundTrips) => {
  const db = openDatabase({ url: database.url });
  await resetWireStats(database);
  await use(db);
  const wire = await wireStats(database);
  expect(db.stats.roundTrips).toBe(wire.http.roundTrips + wire.websocket.roundTrips);
  expect(db.stats.roundTrips).toBe(roundTrips);
});

it('counts the primary and the replica together, and each opened database for itself', async () => {
  const db = openDatabase({ url: database.url, replicaUrl: database.url });
  const other = openDatabase({ url: database.url });
  await Promise.all([read(db), read(db.primary), one(db)]);
  expect([db.stats.roundTrips, db.primary.stats.roundTrips, other.stats.roundTrips]).toEqual([3, 3, 0]);
});

it('counts every attempt at a database that cannot be reached', async () => {
  const db = openDatabase({ url: inject('deadNeon'), retry: { retries: 2, baseMs: 1 } });
  await expect(read(db)).rejects.toThrow();
  expect(db.stats.roundTrips).toBe(3);
});

it('counts the time of what is side by side once', async () => {
  const db = openDatabase({ url: database.url });
  expect(db.stats.ms).toBe(0);
  const sleep = (session: Session) => session.statement((q) => q.execute(sql`select pg_sleep(0.2)`));
  const begun = performance.now();
  await Promise.all([sleep(db), sleep(db), db.batch((tx) => [sleep(tx)]), db.transaction(async (tx) => sleep(tx))]);
  expect(db.stats.ms).toBeGreaterThanOrEqual(199); // clocks are rounded
  expect(db.stats.ms).toBeLessThanOrEqual(performance.now() - begun);
});
