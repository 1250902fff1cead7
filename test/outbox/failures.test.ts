import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { AppError } from '../../src/errors.ts';
import { backOffMs } from '../../src/outbox/attempt.ts';
import { defaultDrain, drain } from '../../src/outbox/drain.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { createTestDatabase } from '../support/database.ts';
import { atOnce, enqueueNotes, note, recorder, rowOf } from './fixture.ts';

let db: Database;
let id: string;
const log = { error: vi.spyOn(console, 'error'), warn: vi.spyOn(console, 'warn') };

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
});
beforeEach(async () => {
  await db.batch((tx) => [outboxRepository.deleteMany(tx, {})]);
  [id = ''] = await enqueueNotes(db, 1);
  log.error.mockReset();
  log.warn.mockReset();
});
afterEach(() => {
  expect(JSON.stringify([log.error.mock.calls, log.warn.mock.calls])).not.toMatch(/s3cret/);
});

describe('an attempt that fails', () => {
  it('is made again with the same id until it succeeds', async () => {
    const { handlers, seen } = recorder(({ attempt }) =>
      attempt < 3 ? Promise.reject(new AppError('delivery_failed', 'The provider is out')) : undefined,
    );
    expect(await drain(db, handlers, atOnce)).toEqual({ done: 1, retry: 2, dead: 0 });
    expect(seen.map((job) => [job.id, job.attempt])).toEqual([1, 2, 3].map((n) => [id, n]));
    expect(await rowOf(db, id)).toMatchObject({ attempts: 3, doneAt: expect.any(Date), lastError: null });
    expect(JSON.parse(log.warn.mock.calls[0]?.[0])).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      event: 'outbox_retry',
      id,
      topic: 'note',
      attempt: 1,
      reason: 'delivery_failed: The provider is out',
    });
  });

  it('becomes a dead letter after the last one, with the reason', async () => {
    const { handlers, seen } = recorder(() => Promise.reject(new AppError('delivery_failed', 'The provider is out')));
    expect(await drain(db, handlers, { ...atOnce, maxAttempts: 4 })).toEqual({ done: 0, retry: 3, dead: 1 });
    expect(seen).toHaveLength(4);
    expect(await rowOf(db, id)).toMatchObject({
      attempts: 4,
      doneAt: null,
      deadAt: expect.any(Date),
      claimedBy: null,
      lastError: 'delivery_failed: The provider is out',
    });
    expect(JSON.parse(log.error.mock.calls[0]?.[0])).toMatchObject({
      ...{ level: 'error', event: 'outbox_dead', id, attempt: 4 },
    });
  });

  it.each(['delivery_refused', 'misuse'] as const)('becomes one at once by %s', async (code) => {
    const { handlers } = recorder(() => Promise.reject(new AppError(code)));
    expect(await drain(db, handlers, atOnce)).toEqual({ done: 0, retry: 0, dead: 1 });
  });

  it('keeps of a foreign error no more than its name', async () => {
    const { handlers } = recorder(() => Promise.reject(new TypeError('s3cret@example.com')));
    await drain(db, handlers, { maxAttempts: 1 });
    expect((await rowOf(db, id)).lastError).toBe('internal: TypeError');
  });

  it('is one that takes too long, whether it hears its signal or not', async () => {
    const { handlers, seen } = recorder(() => new Promise(() => {}));
    expect(await drain(db, handlers, { timeoutMs: 1, maxAttempts: 1 })).toMatchObject({ dead: 1 });
    expect((await rowOf(db, id)).lastError).toBe('deadline_exceeded: The handler took too long');
    expect(seen[0]?.signal.aborted).toBe(true);
  });

  it('waits as long as the provider asks', async () => {
    const { handlers } = recorder(() =>
      Promise.reject(new AppError('delivery_failed', undefined, { retryAfterMs: 86_400_000 })),
    );
    expect(await drain(db, handlers, atOnce)).toEqual({ done: 0, retry: 1, dead: 0 });
    const { availableAt, createdAt } = await rowOf(db, id);
    expect(availableAt.getTime() - createdAt.getTime()).toBeGreaterThanOrEqual(86_400_000);
  });

  it('does not touch the others of its batch', async () => {
    await enqueueNotes(db, 4);
    const { handlers } = recorder((job) => (job.id === id ? Promise.reject(new Error('down')) : undefined));
    expect(await drain(db, handlers, { maxAttempts: 1 })).toEqual({ done: 4, retry: 0, dead: 1 });
  });
});

it('makes a dead letter of a payload that does not fit, and never calls the handler', async () => {
  const old = { name: 'note', schema: { ...note.schema } } as unknown as typeof note;
  const [broken] = await db.batch((tx) => [enqueue(tx, old, { n: 's3cret' as unknown as number })]);
  const { handlers, ids } = recorder();
  await drain(db, handlers);
  expect(ids()).toEqual([id]);
  expect((await rowOf(db, broken)).lastError).toBe('misuse: The payload does not fit the topic: n');
});

describe('the back-off', () => {
  it('doubles up to its cap, from nothing to all of it', () => {
    const waits = (random: number) => [1, 2, 3, 9, 10, 11].map((n) => backOffMs(n, defaultDrain, () => random));
    expect(waits(1)).toEqual([10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000]);
    expect(waits(0.5)).toEqual(waits(1).map((ms) => ms / 2));
    expect(waits(0)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('ends before a provider forgets the idempotency key', () => {
    const { maxAttempts, timeoutMs, leaseMs } = defaultDrain;
    const waits = Array.from({ length: maxAttempts - 1 }, (_, i) => backOffMs(i + 1, defaultDrain, () => 1));
    const untilSwept = 10 * 60_000; // the cron trigger's interval
    expect(waits.reduce((sum, ms) => sum + ms + untilSwept + leaseMs, 0)).toBeLessThan(24 * 3_600_000);
    expect(leaseMs).toBeGreaterThan(2 * timeoutMs);
  });
});

describe('a dead letter', () => {
  beforeEach(() => drain(db, recorder(() => Promise.reject(new Error('down'))).handlers, { maxAttempts: 1 }));

  it('is not handled again by itself', async () => {
    expect(await drain(db, recorder().handlers)).toEqual({ done: 0, retry: 0, dead: 0 });
  });

  it('can be tried again, with all its attempts and its old id', async () => {
    expect(await db.batch((tx) => [outboxRepository.retry(tx, id), outboxRepository.retry(tx, id)])).toEqual([
      true,
      false,
    ]);
    const { handlers, seen } = recorder();
    expect(await drain(db, handlers)).toMatchObject({ done: 1 });
    expect(seen[0]).toMatchObject({ id, attempt: 1 });
    expect(await db.batch((tx) => [outboxRepository.retry(tx, id)])).toEqual([false]);
  });
});

it('purges what was done long ago, and nothing else', async () => {
  const day = 86_400_000;
  const [recent = '', waiting = ''] = await enqueueNotes(db, 2);
  await db.batch((tx) => [
    outboxRepository.update(tx, id, { doneAt: new Date(Date.now() - 8 * day) }),
    outboxRepository.update(tx, recent, { doneAt: new Date(Date.now() - 6 * day) }),
  ]);
  expect(await db.batch((tx) => [outboxRepository.purgeDone(tx, 7 * day)])).toEqual([1]);
  expect(await outboxRepository.findMany(db, [id, recent, waiting])).toMatchObject([{ id: recent }, { id: waiting }]);
});
