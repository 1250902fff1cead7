import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../src/db/database.ts';
import { openDatabase } from '../../../src/db/neon.ts';
import { parseEnv } from '../../../src/env.ts';
import {
  type Admission,
  admit,
  assertAdmitted,
  count,
  forget,
  type Limit,
  purgeLimits,
} from '../../../src/http/limits/limits.ts';
import { limits } from '../../../src/http/limits/table.ts';
import { runScheduled } from '../../../src/jobs.ts';
import { userRepository } from '../../../src/users/repository.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../../support/database.ts';

const MINUTES = 60_000;
const byName: Limit = { name: 'by name', most: 3, windowMs: 15 * MINUTES };
const byPlace: Limit = { name: 'by place', most: 5, windowMs: 15 * MINUTES };

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});

const tryOnce = async (limit: Limit, subject: string): Promise<Admission> => {
  const [admission] = await count(db, [{ limit, subject }]);
  if (!admission) throw new Error('Nothing was counted');
  return admission;
};

async function tryTimes(times: number, limit: Limit, subject: string): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (let i = 0; i < times; i++) answers.push((await tryOnce(limit, subject)).admitted);
  return answers;
}

/** Lets the windows of all that was counted end. */
const endWindows = () =>
  db.statement((q) => q.update(limits).set({ resetsAt: sql`now() - interval '1 ms'` })).then(() => {});

/** How many connections of this database wait for a lock. */
async function waiting(): Promise<number> {
  const [row] = await db.statement((q) =>
    q
      .select({ n: sql`count(*)`.mapWith(Number) })
      .from(sql`pg_stat_activity`)
      .where(sql`datname = current_database() and wait_event_type = 'Lock'`),
  );
  return row?.n ?? 0;
}

describe('count', () => {
  it('admits as many as the limit says, and tells when the window ends', async () => {
    expect(await tryTimes(5, byName, 'ada')).toEqual([true, true, true, false, false]);
    const { resetsInMs } = await tryOnce(byName, 'ada');
    expect(resetsInMs).toBeGreaterThan(0);
    expect(resetsInMs).toBeLessThanOrEqual(15 * MINUTES);
  });

  it('counts each subject, and each limit, by itself', async () => {
    await tryTimes(4, byName, 'bob');
    expect(await tryOnce(byName, 'bob')).toMatchObject({ admitted: false });
    expect(await tryOnce(byName, 'eve')).toMatchObject({ admitted: true });
    expect(await tryOnce(byPlace, 'bob')).toMatchObject({ admitted: true });
  });

  it('takes several limits in one statement, and answers in their order', async () => {
    await tryTimes(3, byName, 'carol');
    const [place, name] = await count(db, [
      { limit: byPlace, subject: '192.0.2.1' },
      { limit: byName, subject: 'carol' },
    ]);
    expect([place?.admitted, name?.admitted]).toEqual([true, false]);
  });

  it('begins anew when the window is over, which refused tries do not put off', async () => {
    await tryTimes(4, byName, 'dave');
    const before = await tryOnce(byName, 'dave');
    const after = await tryOnce(byName, 'dave');
    expect(after.resetsInMs).toBeLessThanOrEqual(before.resetsInMs);
    await endWindows();
    expect(await tryTimes(4, byName, 'dave')).toEqual([true, true, true, false]);
  });

  it('ASVS 6.3.1: of 200 at once it admits exactly the limit', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => tryOnce(byName, 'everybody')));
    expect(answers.filter(({ admitted }) => admitted)).toHaveLength(3);
  });

  it('lets no two that count the same in another order wait for each other', async () => {
    const attempts = ['x', 'y', 'z'].map((subject) => ({ limit: byPlace, subject }));
    const once = openDatabase({ url: database.url, retry: { retries: 0 } }); // a deadlock would pass unseen otherwise
    const { both } = await db.transaction(async (tx) => {
      await count(tx, attempts.slice(1, 2)); // holds the middle one, until the two have come as far as they can
      const both = Promise.allSettled([count(once, attempts), count(once, attempts.toReversed())]);
      await vi.waitFor(async () => expect(await waiting()).toBe(2), { timeout: 10_000 });
      return { both };
    });
    expect(await both).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
  });

  it('counts by an expression that the database computes', async () => {
    const subject = sql`lower(${'İDA'})`;
    for (let i = 0; i < 3; i++) await count(db, [{ limit: byName, subject }]);
    expect(await count(db, [{ limit: byName, subject }])).toMatchObject([{ admitted: false }]);
  });

  it('is one round trip, beside a read in a batch', async () => {
    await resetWireStats(database);
    const [admissions, user] = await db.batch((tx) => [
      count(tx, [{ limit: byName, subject: 'frank' }]),
      userRepository.findByEmail(tx, 'frank@example.com'),
    ]);
    expect((await wireStats(database)).http.roundTrips).toBe(1);
    expect([admissions.length, user]).toEqual([1, undefined]);
  });

  it('keeps no word of what was counted', async () => {
    await tryOnce(byName, 'a password in the wrong field');
    const keys = await db.statement((q) => q.select({ key: limits.key }).from(limits));
    expect(keys.map(({ key }) => key).join()).toMatch(/^(?:by (?:name|place):[0-9a-f]{64},?)+$/);
  });
});

describe('assertAdmitted', () => {
  it('passes what is admitted, and throws the longest wait of what is not', () => {
    expect(() => assertAdmitted([{ admitted: true, resetsInMs: 9 }])).not.toThrow();
    const refused = (resetsInMs: number) => ({ admitted: false, resetsInMs });
    expect(() => assertAdmitted([refused(5), { admitted: true, resetsInMs: 9 }, refused(7)])).toThrow(
      expect.objectContaining({ code: 'too_many_requests', retryAfterMs: 7 }),
    );
  });
});

it('forgets what it is told to, and nothing else', async () => {
  const [grace, heidi] = ['grace', 'heidi'].map((subject) => ({ limit: byName, subject }));
  if (!grace || !heidi) throw new Error('unreachable');
  for (let i = 0; i < 4; i++) await count(db, [grace, heidi]);
  await db.batch((tx) => [forget(tx, [grace])]);
  expect((await count(db, [grace, heidi])).map(({ admitted }) => admitted)).toEqual([true, false]);
});

it('is removed by the schedule once its window is over', async () => {
  await tryOnce(byName, 'ivan');
  await endWindows();
  await tryOnce(byName, 'judy');
  const env = parseEnv({ DATABASE_URL: database.url });
  await runScheduled(env);
  expect(await db.statement((q) => q.select().from(limits))).toMatchObject([{ count: 1 }]);
  expect(await db.batch((tx) => [purgeLimits(tx)])).toEqual([0]);
});

describe('admit', () => {
  const act = (subject: string) =>
    db.batch((tx) => [
      admit(tx, [{ limit: byName, subject }]),
      userRepository.create(tx, {
        username: `u-${crypto.randomUUID()}`,
        email: crypto.randomUUID(),
        hashedPassword: 'x',
      }),
    ]);

  it('saves a batch as often as the limit says, also of many at once, and nothing of those that are refused', async () => {
    const before = await userRepository.count(db);
    const ends = await Promise.allSettled(Array.from({ length: 12 }, () => act('grace')));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect((await userRepository.count(db)) - before).toBe(3);
    const refused = ends.find((end) => end.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'too_many_requests', status: 429 });
    expect(refused?.reason.retryAfterMs).toBeGreaterThan(14 * MINUTES);
    // Of those that come at once, one may have begun before the one that began the window.
    expect(refused?.reason.retryAfterMs).toBeLessThan(16 * MINUTES);
  });

  it('shares its count with `count`, and is admitted again when the window is over', async () => {
    await tryTimes(3, byName, 'mary');
    await expect(act('mary')).rejects.toMatchObject({ code: 'too_many_requests' });
    await endWindows();
    await expect(act('mary')).resolves.toBeDefined();
  });
});
