import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { sessionRepository } from '../../src/sessions/repository.ts';
import { hashToken } from '../../src/sessions/token.ts';
import { hashPassword } from '../../src/users/password.ts';
import { userRepository } from '../../src/users/repository.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { PASSWORD, signIn } from '../support/sign-in.ts';
import { type App, auditOf, bodyOf, logIn, sessionsOf, somewhere, statusWith, tokenOf } from './fixture.ts';

let database: TestDatabase;
let db: Database;
let app: App;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  app = testApp(database);
});

const wrong = 'not the password';

describe('POST /v1/sessions', () => {
  it('takes the username or the e-mail address, whatever their case', async () => {
    const { user } = await signIn(database);
    for (const username of [user.username, user.username.toUpperCase(), user.email.toUpperCase()]) {
      const response = await logIn(app, { username, password: PASSWORD });
      expect(response.status).toBe(201);
      expect(await statusWith(app, await tokenOf(response))).toBe(200);
    }
  });

  it('gives the token, the session and the user, and may not be kept by a cache', async () => {
    const { user } = await signIn(database);
    const here = somewhere();
    const response = await logIn(
      app,
      { username: user.email, password: PASSWORD },
      { ...here, 'User-Agent': 'Test/1.0' },
    );
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.get('Set-Cookie')).toBeNull();
    const body = await bodyOf(response);
    expect(body).toEqual({
      token: expect.any(String),
      tokenType: 'Bearer',
      session: {
        id: expect.any(String),
        createdAt: expect.stringMatching(/Z$/),
        lastUsedAt: expect.stringMatching(/Z$/),
        expiresAt: expect.stringMatching(/Z$/),
        userAgent: 'Test/1.0',
        address: here['CF-Connecting-IP'],
        current: true,
      },
      user: expect.objectContaining({ id: user.id, email: user.email }),
    });
    const { createdAt, expiresAt } = body.session as Record<string, string>;
    expect(Date.parse(expiresAt ?? '') - Date.parse(createdAt ?? '')).toBe(30 * 24 * 3_600_000);
  });

  it('ASVS 7.2.3, 7.2.4: gives a new token of 256 random bits each time, and keeps its hash alone', async () => {
    const { user } = await signIn(database);
    const log = async () => tokenOf(await logIn(app, { username: user.email, password: PASSWORD }));
    const [first, second] = [await log(), await log()];
    expect(first).toMatch(/^kura_[\w-]{43}$/);
    expect(first).not.toBe(second);
    const rows = await sessionsOf(db, user.id);
    expect(rows.map(({ tokenHash }) => tokenHash)).toContainEqual(await hashToken(first));
    expect(JSON.stringify(rows)).not.toContain(first);
  });

  it('ASVS 6.3.8: answers nobody, a wrong password, the inactive and the deleted alike', async () => {
    const { user } = await signIn(database);
    const { user: inactive } = await signIn(database, { isActive: false });
    const { user: deleted } = await signIn(database);
    await db.batch((tx) => [userRepository.delete(tx, deleted.id)]);
    const answers = await Promise.all(
      [
        { username: 'nobody', password: PASSWORD },
        { username: 'nobody@example.com', password: PASSWORD },
        { username: user.email, password: wrong },
        { username: user.email, password: `${PASSWORD}${'x'.repeat(72)}` },
        { username: inactive.email, password: PASSWORD },
        { username: deleted.email, password: PASSWORD },
      ].map(async (body) => {
        const response = await logIn(app, body, { ...somewhere(), 'X-Request-Id': 'one' });
        return [response.status, response.headers.get('WWW-Authenticate'), await response.text()];
      }),
    );
    expect(answers[0]).toEqual([401, 'Bearer', expect.stringContaining('"code":"invalid_credentials"')]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('ASVS 6.2.8: takes the password as it is, no more and no less', async () => {
    const { user } = await signIn(database);
    for (const password of [PASSWORD.toUpperCase(), ` ${PASSWORD}`, PASSWORD.slice(0, -1)]) {
      expect((await logIn(app, { username: user.email, password })).status).toBe(401);
    }
  });

  it.each([
    ['an unknown field', { username: 'a', password: 'b', isSuperuser: true }, ['body']],
    ['what is missing', {}, ['body.password', 'body.username']],
    ['NUL and what is too long', { username: 'x'.repeat(255), password: '\0' }, ['body.password', 'body.username']],
    ['an empty name', { username: '', password: 'b', cookie: 'yes' }, ['body.cookie', 'body.username']],
  ])('refuses %s', async (_, body, paths) => {
    const response = await logIn(app, body);
    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect([...new Set(errors.map(({ path }) => path))].sort()).toEqual(paths);
  });

  it('refuses a body that is not JSON, and one that is broken', async () => {
    const form = await app.request('/v1/sessions', { method: 'POST', body: new URLSearchParams({ username: 'a' }) });
    expect([form.status, await bodyOf(form)]).toMatchObject([415, { code: 'unsupported_media_type' }]);
    const broken = await app.post('/v1/sessions', '{');
    expect([broken.status, await bodyOf(broken)]).toMatchObject([400, { code: 'malformed_json' }]);
  });

  it('keeps so much of the User-Agent as is of use', async () => {
    const { user } = await signIn(database);
    const headers = { ...somewhere(), 'User-Agent': 'x'.repeat(5000) };
    const body = await bodyOf(await logIn(app, { username: user.email, password: PASSWORD }, headers));
    expect(body.session).toMatchObject({ userAgent: 'x'.repeat(256) });
  });

  it('ASVS 7.1.2: ends the session that was used longest ago where there are a hundred', async () => {
    const { user, sessionId, token } = await signIn(database);
    const row = () => ({ userId: user.id, expiresAt: new Date(Date.now() + 60_000), lastUsedAt: new Date() });
    const rows = Array.from({ length: 98 }, () => ({
      ...row(),
      tokenHash: crypto.getRandomValues(new Uint8Array(32)),
    }));
    await db.batch((tx) => [sessionRepository.createMany(tx, rows)]);
    expect((await logIn(app, { username: user.email, password: PASSWORD })).status).toBe(201);
    expect(await sessionsOf(db, user.id)).toHaveLength(100);
    expect(await statusWith(app, token)).toBe(200);
    expect((await logIn(app, { username: user.email, password: PASSWORD })).status).toBe(201);
    const left = await sessionsOf(db, user.id);
    expect(left).toHaveLength(100);
    expect(left.map(({ id }) => id)).not.toContain(sessionId);
    expect(await statusWith(app, token)).toBe(401);
  });
});

describe('when BCRYPT_COST was raised', () => {
  it('makes the hash anew, and ends no session by it', async () => {
    const { user, token } = await signIn(database);
    const raised = testApp(database, { BCRYPT_COST: '5' });
    await resetWireStats(database);
    const response = await logIn(raised, { username: user.email, password: PASSWORD });
    expect((await wireStats(database)).http.roundTrips).toBe(2);
    expect(await bodyOf(response)).toMatchObject({ user: { id: user.id, version: user.version + 1 } });
    const { hashedPassword } = await userRepository.get(db, user.id);
    expect(hashedPassword).toMatch(/^\$2b\$05\$/);
    expect(await statusWith(app, token)).toBe(200);
    expect((await logIn(raised, { username: user.email, password: PASSWORD })).status).toBe(201);
    expect(await userRepository.get(db, user.id)).toMatchObject({ hashedPassword, version: user.version + 1 });
  });

  it('lets all who log in at once in', async () => {
    const { user } = await signIn(database);
    const raised = testApp(database, { BCRYPT_COST: '5' });
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => logIn(raised, { username: user.email, password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const tokens = await Promise.all(answers.map(tokenOf));
    expect(await Promise.all(tokens.map((token) => statusWith(app, token)))).toEqual([200, 200, 200, 200]);
  });
});

it('ASVS 7.4.3: begins no session by a password that is changed at this very moment', async () => {
  const { user } = await signIn(database);
  const hashedPassword = await hashPassword('another password', 4);
  const { late } = await db.transaction(async (tx) => {
    await userRepository.update(tx, user.id, { hashedPassword });
    const late = logIn(app, { username: user.email, password: PASSWORD });
    await vi.waitFor(async () => expect(await waiting()).toBe(1), { timeout: 10_000 });
    return { late };
  });
  expect((await late).status).toBe(401);
  expect(await sessionsOf(db, user.id)).toEqual([]);
});

/** How many connections of this database wait for a lock. */
async function waiting(): Promise<number> {
  const text = `select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  const [row] = await db.statement((q) => q.execute(text));
  return Number(row?.n);
}

describe('the audit', () => {
  it('ASVS 16.3.1: has who logged in, and from where', async () => {
    const { user } = await signIn(database);
    const here = somewhere();
    const headers = { ...here, 'X-Request-Id': 'audited-1' };
    const { session } = await bodyOf(await logIn(app, { username: user.email, password: PASSWORD }, headers));
    expect(await auditOf(db, user.id)).toMatchObject([
      {
        event: 'session.created',
        actorId: user.id,
        address: here['CF-Connecting-IP'],
        requestId: 'audited-1',
        details: { sessionId: (session as { id: string }).id },
      },
    ]);
  });

  it('ASVS 16.3.1: has who was refused, and why; once in a window for a limit', async () => {
    const { user } = await signIn(database);
    const here = somewhere();
    for (let i = 0; i < 13; i++) await logIn(app, { username: user.email, password: wrong }, here);
    const events = await auditOf(db, user.id);
    expect(events.map(({ event, actorId }) => [event, actorId])).toEqual(Array(11).fill(['session.refused', null]));
    expect(events.map(({ details }) => details)).toEqual([
      ...Array(10).fill({ reason: 'invalid_credentials' }),
      { reason: 'too_many_requests' },
    ]);
  });
});

it('ASVS 16.2.5: says no password and no token in a log or in the audit', async () => {
  const { user } = await signIn(database);
  const methods = ['debug', 'info', 'log', 'warn', 'error'] as const;
  const spies = methods.map((method) => vi.spyOn(console, method).mockReturnValue());
  const debugging = testApp(database, { DEBUG: 'true' });
  const token = await tokenOf(await logIn(debugging, { username: user.email, password: PASSWORD }));
  await logIn(debugging, { username: user.email, password: wrong });
  await debugging.request('/v1/sessions/current', {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${token}` },
  });
  const said = JSON.stringify([spies.map(({ mock }) => mock.calls), await auditOf(db, user.id)]);
  for (const spy of spies) spy.mockRestore();
  expect(said).toContain('session.ended');
  expect(said).toContain('insert into');
  for (const secret of [PASSWORD, wrong, token, token.slice(5)]) expect(said).not.toContain(secret);
});

describe('round trips on the wire', () => {
  beforeEach(() => resetWireStats(database));

  it.each([
    ['logs in', PASSWORD, 201],
    ['refuses a wrong password', wrong, 401],
  ])('%s in 2', async (_, password, status) => {
    const { user } = await signIn(database);
    await resetWireStats(database);
    expect((await logIn(app, { username: user.email, password })).status).toBe(status);
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 2 }, websocket: { connections: 0 } });
  });

  it('refuses one too many in 2', async () => {
    const here = somewhere();
    for (let i = 0; i < 10; i++) await logIn(app, { username: 'counted', password: wrong }, here);
    await resetWireStats(database);
    expect((await logIn(app, { username: 'counted', password: wrong }, here)).status).toBe(429);
    expect((await wireStats(database)).http.roundTrips).toBe(2);
  });
});
