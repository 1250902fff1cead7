import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { parseEnv } from '../../src/env.ts';
import { runScheduled } from '../../src/jobs.ts';
import { sessionRepository } from '../../src/sessions/repository.ts';
import { sessions } from '../../src/sessions/table.ts';
import { hashPassword } from '../../src/users/password.ts';
import { userRepository } from '../../src/users/repository.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { PASSWORD, signIn } from '../support/sign-in.ts';
import { type App, auditOf, bodyOf, logIn, sessionsOf, statusWith, tokenOf } from './fixture.ts';

let database: TestDatabase;
let db: Database;
let app: App;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  app = testApp(database);
});

/** Somebody with a session by `signIn`, and `count` more by log-ins, the oldest first. */
async function withSessions(count: number) {
  const signedIn = await signIn(database);
  const tokens: string[] = [];
  for (let i = 0; i < count; i++) {
    tokens.push(await tokenOf(await logIn(app, { username: signedIn.user.email, password: PASSWORD })));
  }
  const ids = (await sessionsOf(db, signedIn.user.id)).map(({ id }) => id);
  return { ...signedIn, tokens, ids };
}

const end = (path: string, headers: Record<string, string>) => app.request(path, { method: 'DELETE', headers });

const NOBODYS_ID = '0190163d-8694-739b-aea5-966c26f8ad90';

it.each([
  ['GET', '/v1/sessions'],
  ['DELETE', '/v1/sessions'],
  ['DELETE', '/v1/sessions/current'],
  ['DELETE', `/v1/sessions/${NOBODYS_ID}`],
])('ASVS 7.2.1: %s %s is for those who are signed in', async (method, path) => {
  for (const headers of [{}, { Authorization: 'Bearer kura_none' }, { Authorization: 'Basic YTpi' }]) {
    const response = await app.request(path, { method, headers });
    expect([response.status, await bodyOf(response)]).toMatchObject([401, { code: 'unauthenticated' }]);
  }
});

describe('GET /v1/sessions', () => {
  it('ASVS 7.5.2: lists my sessions, the newest first, and nobody else’s', async () => {
    const { headers, ids, sessionId } = await withSessions(2);
    const response = await app.get('/v1/sessions', headers);
    expect(response.status).toBe(200);
    const { items, ...pages } = (await response.json()) as { items: Record<string, unknown>[] };
    expect(pages).toEqual({ next: null, previous: null });
    expect(items.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(items.map(({ current }) => current)).toEqual([false, false, true]);
    expect(items[2]).toEqual({
      id: sessionId,
      createdAt: expect.stringMatching(/Z$/),
      lastUsedAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
      userAgent: null,
      address: null,
      current: true,
    });
  });

  it('leaves out those that have expired', async () => {
    const { headers, ids } = await withSessions(2);
    await setTimes(ids[1], { expiresAt: sql`now() - interval '1 ms'` });
    await setTimes(ids[2], { lastUsedAt: sql`now() - interval '7 days'` });
    const { items } = (await (await app.get('/v1/sessions', headers)).json()) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual([ids[0]]);
  });

  it.each([1, 10, 1000])('is 2 round trips for %d', async (rows) => {
    const { user, headers } = await signIn(database);
    const row = { userId: user.id, expiresAt: new Date(Date.now() + 60_000) };
    const more = Array.from({ length: rows - 1 }, () => ({
      ...row,
      tokenHash: crypto.getRandomValues(new Uint8Array(32)),
    }));
    await db.batch((tx) => [sessionRepository.createMany(tx, more)]);
    await resetWireStats(database);
    const { items } = (await (await app.get('/v1/sessions', headers)).json()) as { items: unknown[] };
    expect(items).toHaveLength(rows);
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 2 }, websocket: { connections: 0 } });
  });
});

describe('DELETE /v1/sessions/{id}', () => {
  it('ASVS 7.5.2: ends that session with the very next request, in 2 round trips', async () => {
    const { user, headers, ids, token, tokens } = await withSessions(1);
    await resetWireStats(database);
    expect((await end(`/v1/sessions/${ids[1]}`, headers)).status).toBe(204);
    expect((await wireStats(database)).http.roundTrips).toBe(2);
    expect([await statusWith(app, tokens[0] ?? ''), await statusWith(app, token)]).toEqual([401, 200]);
    expect((await auditOf(db, user.id)).at(-1)).toMatchObject({
      event: 'session.ended',
      actorId: user.id,
      details: { sessionId: ids[1] },
    });
  });

  it('does not know somebody else’s, a superuser’s neither, nor one that nobody has', async () => {
    const me = await signIn(database, { isSuperuser: true });
    const other = await signIn(database);
    for (const id of [other.sessionId, NOBODYS_ID]) {
      const response = await end(`/v1/sessions/${id}`, me.headers);
      expect([response.status, await bodyOf(response)]).toMatchObject([404, { code: 'not_found' }]);
    }
    expect(await statusWith(app, other.token)).toBe(200);
    expect(await auditOf(db, me.user.id), 'nothing has happened').toEqual([]);
  });

  it('answers 422 for what is no UUID', async () => {
    const { headers } = await signIn(database);
    const response = await end('/v1/sessions/1', headers);
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { errors: [{ path: 'param.id' }] }]);
  });
});

it('ASVS 7.5.2: DELETE /v1/sessions ends all but the one that asks, in 2 round trips', async () => {
  const { user, headers, token, tokens, sessionId } = await withSessions(3);
  const stranger = await signIn(database);
  await resetWireStats(database);
  expect((await end('/v1/sessions', headers)).status).toBe(204);
  expect((await wireStats(database)).http.roundTrips).toBe(2);
  expect(await Promise.all([token, ...tokens].map((each) => statusWith(app, each)))).toEqual([200, 401, 401, 401]);
  expect(await statusWith(app, stranger.token)).toBe(200);
  expect((await auditOf(db, user.id)).at(-1)).toMatchObject({
    event: 'session.ended',
    details: { allBut: sessionId },
  });
});

it('ASVS 7.4.1: DELETE /v1/sessions/current logs out with the very next request, in 2 round trips', async () => {
  const { user, headers, sessionId, token, tokens } = await withSessions(1);
  await resetWireStats(database);
  expect((await end('/v1/sessions/current', headers)).status).toBe(204);
  expect((await wireStats(database)).http.roundTrips).toBe(2);
  expect([await statusWith(app, token), await statusWith(app, tokens[0] ?? '')]).toEqual([401, 200]);
  expect((await auditOf(db, user.id)).at(-1)).toMatchObject({ event: 'session.ended', details: { sessionId } });
  expect((await end('/v1/sessions/current', headers)).status).toBe(401);
});

describe('a change of the account ends its sessions with the very next request', () => {
  it.each([
    ['ASVS 7.4.2: deactivated', (id: string) => db.batch((tx) => [userRepository.update(tx, id, { isActive: false })])],
    ['ASVS 7.4.2: deleted', (id: string) => db.batch((tx) => [userRepository.delete(tx, id)])],
    [
      'ASVS 7.4.3: another password',
      async (id: string) => {
        const hashedPassword = await hashPassword('another password', 4);
        await db.batch((tx) => [userRepository.update(tx, id, { hashedPassword })]);
      },
    ],
  ])('%s', async (_, change) => {
    const { user, token, tokens } = await withSessions(1);
    expect(await statusWith(app, tokens[0] ?? '')).toBe(200);
    await change(user.id);
    expect([await statusWith(app, token), await statusWith(app, tokens[0] ?? '')]).toEqual([401, 401]);
    expect(await sessionsOf(db, user.id)).toEqual([]);
  });
});

describe('expiry, by the database’s clock', () => {
  it('ASVS 7.3.1: ends a session that is not used', async () => {
    const { sessionId, token } = await signIn(database);
    const hasty = testApp(database, { SESSION_IDLE_HOURS: '1' });
    await setTimes(sessionId, { lastUsedAt: sql`now() - interval '59 minutes'` });
    expect(await statusWith(hasty, token), 'which counts as use').toBe(200);
    expect(await minutesUnused(sessionId)).toBe(0);
    await setTimes(sessionId, { lastUsedAt: sql`now() - interval '60 minutes'` });
    expect(await statusWith(hasty, token)).toBe(401);
    expect(await statusWith(app, token), 'a week, if nothing else is configured').toBe(200);
  });

  it('ASVS 7.3.2: ends a session however much it is used', async () => {
    const { user } = await signIn(database);
    const hasty = testApp(database, { SESSION_MAX_HOURS: '2' });
    const token = await tokenOf(await logIn(hasty, { username: user.email, password: PASSWORD }));
    const { id, createdAt, expiresAt } = (await sessionsOf(db, user.id)).at(-1) ?? {};
    expect(Number(expiresAt) - Number(createdAt)).toBe(2 * 3_600_000);
    expect(await statusWith(hasty, token)).toBe(200);
    await setTimes(id, { expiresAt: sql`now()` });
    expect(await statusWith(hasty, token)).toBe(401);
  });

  it('writes down the use of a session at most every 5 minutes', async () => {
    const { sessionId, token } = await signIn(database);
    await setTimes(sessionId, { lastUsedAt: sql`now() - interval '4 minutes'` });
    await resetWireStats(database);
    expect(await statusWith(app, token)).toBe(200);
    expect((await wireStats(database)).http.roundTrips).toBe(1);
    expect(await minutesUnused(sessionId)).toBe(4);
  });

  it('is followed by the removal of the row, by the schedule', async () => {
    const { user, ids } = await withSessions(2);
    await setTimes(ids[0], { expiresAt: sql`now() - interval '1 ms'` });
    await setTimes(ids[1], { lastUsedAt: sql`now() - interval '2 hours'` });
    await runScheduled(parseEnv({ DATABASE_URL: database.url, SESSION_IDLE_HOURS: '3' }));
    expect((await sessionsOf(db, user.id)).map(({ id }) => id)).toEqual(ids.slice(1));
    await runScheduled(parseEnv({ DATABASE_URL: database.url, SESSION_IDLE_HOURS: '1' }));
    expect((await sessionsOf(db, user.id)).map(({ id }) => id)).toEqual(ids.slice(2));
  });
});

const setTimes = (id: string | undefined, times: Record<string, ReturnType<typeof sql>>) =>
  db
    .statement((q) =>
      q
        .update(sessions)
        .set(times)
        .where(eq(sessions.id, id ?? '')),
    )
    .then(() => {});

async function minutesUnused(id: string): Promise<number> {
  const minutes = sql`floor(extract(epoch from now() - ${sessions.lastUsedAt}) / 60)`.mapWith(Number);
  const [row] = await db.statement((q) => q.select({ minutes }).from(sessions).where(eq(sessions.id, id)));
  return row?.minutes ?? Number.NaN;
}
