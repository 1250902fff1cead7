import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { claim } from '../../src/outbox/claim.ts';
import { defaultDrain, drain } from '../../src/outbox/drain.ts';
import { mark } from '../../src/outbox/mark.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { enqueueNotes, recorder, rowOf } from './fixture.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  vi.spyOn(console, 'error').mockReturnValue();
});
beforeEach(() => db.batch((tx) => [outboxRepository.deleteMany(tx, {})]));

const lease = { ...defaultDrain, topics: ['note'], limit: 100 };
const one = '0190163d-8694-739b-aea5-966c26f8ad90';
const other = '0190163d-8694-739b-aea5-966c26f8ad91';

describe('several at once', () => {
  it('handles each of 300 rows exactly once with four drains', async () => {
    const ids = await enqueueNotes(db, 300, (n) => `reader ${n % 60}`);
    const { handlers, ids: handled } = recorder();
    const drained = await Promise.all(Array.from({ length: 4 }, () => drain(db, handlers, { batch: 10 })));
    expect(handled().sort()).toEqual(ids.sort());
    expect(drained.reduce((sum, { done }) => sum + done, 0)).toBe(300);
    expect(await outboxRepository.count(db, { doneAt: { isNull: true } })).toBe(0);
  });

  it('never gives one row to two claims', async () => {
    await enqueueNotes(db, 100);
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => claim(db, { ...lease, token: crypto.randomUUID(), limit: 20 })),
    );
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...claims.map(({ length }) => length))).toBeLessThanOrEqual(20);
  });

  it('passes over a row that somebody holds, and waits for nobody', async () => {
    const [held = '', ...free] = await enqueueNotes(db, 3);
    const { handlers, ids } = recorder();
    await db.transaction(async (tx) => {
      await outboxRepository.get(tx, held, { lock: 'update' });
      await drain(openDatabase({ url: database.url, requestTimeoutMs: 3000 }), handlers);
    });
    expect(ids().sort()).toEqual(free.sort());
  });
});

describe('the order of one key', () => {
  it('handles its rows one after the other, also with four drains', async () => {
    await enqueueNotes(db, 40, (n) => `reader ${n % 2}`);
    let handling = [0, 0];
    const { handlers, seen } = recorder(async ({ payload: { n } }) => {
      const key = n % 2;
      handling = handling.with(key, (handling[key] ?? 0) + 1);
      await wireStats(database); // some I/O, for others to come between
      expect(handling[key]).toBe(1);
      handling = handling.with(key, 0);
    });
    await Promise.all(Array.from({ length: 4 }, () => drain(db, handlers)));
    await drain(db, handlers);
    for (const key of [0, 1]) {
      const order = seen.map(({ payload: { n } }) => n).filter((n) => n % 2 === key);
      expect(order).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i + key));
    }
  });

  it('holds a later row back while an earlier one waits for its next attempt', async () => {
    const ids = await enqueueNotes(db, 2, () => 'reader');
    const { handlers, ids: handled } = recorder(() => Promise.reject(new Error('down')));
    vi.spyOn(console, 'warn').mockReturnValue();
    await drain(db, handlers, { baseMs: 3_600_000_000, capMs: 3_600_000_000 });
    expect(handled()).toEqual([ids[0]]);
  });

  it('goes on after a dead letter', async () => {
    const ids = await enqueueNotes(db, 2, () => 'reader');
    const { handlers, ids: handled } = recorder(({ payload: { n } }) =>
      n === 0 ? Promise.reject(new Error('down')) : undefined,
    );
    expect(await drain(db, handlers, { maxAttempts: 1 })).toEqual({ done: 1, retry: 0, dead: 1 });
    expect(handled()).toEqual(ids);
  });
});

describe('a drain that dies in the middle', () => {
  it('loses nothing: another one handles the rows again, with the same ids', async () => {
    const ids = await enqueueNotes(db, 3);
    const dead = await claim(db, { ...lease, token: one, leaseMs: 0 });
    expect(dead.map(({ id }) => id).sort()).toEqual(ids.sort());

    const { handlers, seen } = recorder();
    expect(await drain(db, handlers)).toEqual({ done: 3, retry: 0, dead: 0 });
    expect(seen.map(({ id, attempt }) => [id, attempt]).sort()).toEqual(ids.map((id) => [id, 2]));
  });

  it('keeps its rows as long as its lease runs', async () => {
    await enqueueNotes(db, 3);
    await claim(db, { ...lease, token: one });
    const { handlers, seen } = recorder();
    await drain(db, handlers);
    expect(seen).toEqual([]);
  });

  it('cannot mark what somebody else has claimed since', async () => {
    const [id = ''] = await enqueueNotes(db, 1);
    await claim(db, { ...lease, token: one, leaseMs: 0 });
    await claim(db, { ...lease, token: other });
    expect(await mark(db, one, [{ id, end: 'done' }])).toEqual([]);
    expect(await rowOf(db, id)).toMatchObject({ claimedBy: other, doneAt: null });
    expect(await mark(db, other, [{ id, end: 'done' }])).toEqual([id]);
    expect(await rowOf(db, id)).toMatchObject({ claimedBy: null, claimedUntil: null, doneAt: expect.any(Date) });
  });

  it('makes a dead letter of a row that kills every drain', async () => {
    const [id = ''] = await enqueueNotes(db, 1);
    for (let n = 1; n <= 3; n++) {
      const [claimed] = await claim(db, { ...lease, token: one, leaseMs: 0, maxAttempts: 3 });
      expect(claimed).toMatchObject({ attempts: n, dead: false });
    }
    const { handlers, seen } = recorder();
    expect(await drain(db, handlers, { maxAttempts: 3 })).toEqual({ done: 0, retry: 0, dead: 1 });
    expect(seen).toEqual([]);
    expect(await rowOf(db, id)).toMatchObject({
      attempts: 3,
      claimedBy: null,
      lastError: expect.stringMatching(/^lost/),
    });
  });
});

describe('what a drain takes', () => {
  it('costs n + 1 round trips for n batches', async () => {
    await enqueueNotes(db, 20);
    await resetWireStats(database);
    await drain(db, recorder().handlers, { batch: 5 });
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 5 }, websocket: { connections: 0 } });
  });

  it('is no more than its limit, and costs 2 round trips then', async () => {
    await enqueueNotes(db, 8);
    await resetWireStats(database);
    expect(await drain(db, recorder().handlers, { batch: 5, limit: 5 })).toMatchObject({ done: 5 });
    expect((await wireStats(database)).http.roundTrips).toBe(2);
    expect(await drain(db, recorder().handlers, { batch: 2, limit: 1 })).toMatchObject({ done: 1 });
  });

  it('is one batch when there is no time for more', async () => {
    await enqueueNotes(db, 8);
    expect(await drain(db, recorder().handlers, { batch: 3, budgetMs: 0 })).toMatchObject({ done: 3 });
  });

  it('leaves a topic that it does not know to those who do', async () => {
    const [id = ''] = await enqueueNotes(db, 1);
    expect(await drain(db, [{ topic: 'other', run: async () => {} }])).toEqual({ done: 0, retry: 0, dead: 0 });
    expect(await drain(db, [])).toEqual({ done: 0, retry: 0, dead: 0 });
    expect(await rowOf(db, id)).toMatchObject({ attempts: 0, claimedBy: null });
  });

  it('leaves what is not due yet', async () => {
    const [id = ''] = await enqueueNotes(db, 1);
    await db.batch((tx) => [outboxRepository.update(tx, id, { availableAt: new Date(Date.now() + 3_600_000) })]);
    const { handlers, seen } = recorder();
    await drain(db, handlers);
    expect(seen).toEqual([]);
  });
});
