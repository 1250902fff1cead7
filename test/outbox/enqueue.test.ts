import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { enqueue, hasEnqueued } from '../../src/outbox/enqueue.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { note, rowOf } from './fixture.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  db = openDatabase({ url: database.url });
});

it('rides in a batch: one round trip, and a row that is due', async () => {
  await resetWireStats(database);
  const [id, second] = await db.batch((tx) => [
    enqueue(tx, note, { n: 1 }, { orderingKey: 'ada' }),
    enqueue(tx, note, { n: 2 }),
  ]);
  expect((await wireStats(database)).http.roundTrips).toBe(1);
  const row = await rowOf(db, id);
  expect(row).toMatchObject({ topic: 'note', payload: { n: 1 }, orderingKey: 'ada', attempts: 0, claimedUntil: null });
  expect(row.availableAt).toEqual(row.createdAt);
  expect((await rowOf(db, second)).seq).toBeGreaterThan(row.seq);
  expect(hasEnqueued(db)).toBe(true);
});

it('is undone with its transaction', async () => {
  const before = await outboxRepository.count(db);
  const failing = db.transaction(async (tx) => {
    await enqueue(tx, note, { n: 1 });
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  await db.transaction((tx) => enqueue(tx, note, { n: 2 }).then(), { commit: false });
  const lost = db.batch((tx) => [
    enqueue(tx, note, { n: 3 }),
    outboxRepository.update(tx, '0190163d-8694-739b-aea5-966c26f8ad90', { attempts: 1 }),
  ]);
  await expect(lost).rejects.toMatchObject({ code: 'not_found' });
  expect(await outboxRepository.count(db)).toBe(before);
  expect(hasEnqueued(db)).toBe(false);
});

it('forgets what a savepoint has undone, and keeps the rest', async () => {
  await db.transaction(async (tx) => {
    const inner = tx.transaction(async (savepoint) => {
      await enqueue(savepoint, note, { n: 4 });
      throw new Error('not this');
    });
    await inner.catch(() => {});
  });
  expect(hasEnqueued(db)).toBe(false);
  await db.transaction((tx) => enqueue(tx, note, { n: 5 }).then());
  expect(hasEnqueued(db)).toBe(true);
});

it('is noticed on the primary of a database with a replica', async () => {
  const replicated = openDatabase({ url: database.url, replicaUrl: database.url });
  await replicated.primary.batch((tx) => [enqueue(tx, note, { n: 6 })]);
  expect(hasEnqueued(replicated)).toBe(true);
});

it('can wait', async () => {
  const [id] = await db.batch((tx) => [enqueue(tx, note, { n: 7 }, { delayMs: 3_600_000 })]);
  const row = await rowOf(db, id);
  expect(row.availableAt.getTime()).toBeGreaterThan(row.createdAt.getTime() + 3_000_000);
});

it('takes a transaction and the payload of its topic, by type', () => {
  const refused = () => [
    // @ts-expect-error A Database is no Transaction: what is enqueued is saved with its cause, or not at all.
    enqueue(db, note, { n: 1 }),
    // @ts-expect-error The payload is that of the topic.
    db.batch((tx) => [enqueue(tx, note, { m: 1 })]),
  ];
  expect(refused).toBeTypeOf('function');
});
