import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { PASSWORD, signIn } from '../support/sign-in.ts';
import { type App, bodyOf, logIn, sessionsOf, somewhere } from './fixture.ts';

const PUBLIC_URL = 'https://kura.example';
const APP = 'https://app.example';

let database: TestDatabase;
let db: Database;
let app: App;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  app = testApp(database, { PUBLIC_URL, CORS_ORIGINS: APP });
});

/** Somebody who is signed in by a cookie too. */
async function withCookie() {
  const signedIn = await signIn(database);
  const response = await logIn(app, { username: signedIn.user.email, password: PASSWORD, cookie: true });
  const set = response.headers.get('Set-Cookie') ?? '';
  return { ...signedIn, response, set, cookie: set.split(';')[0] ?? '' };
}

describe('log-in with cookie: true', () => {
  it('ASVS 3.3.1, 3.3.2, 3.3.3, 3.3.4: puts the token where no script and no other site gets it', async () => {
    const { response, set } = await withCookie();
    expect(response.status).toBe(201);
    const [pair, ...attributes] = set.split('; ');
    expect(pair).toMatch(/^__Host-session=kura_[\w-]{43}$/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Lax', 'Secure']);
    const body = await response.text();
    expect(Object.keys(JSON.parse(body))).toEqual(['session', 'user']);
    expect(body).not.toContain(pair?.split('=')[1]);
  });

  it('lasts as long as the session', async () => {
    const { user } = await signIn(database);
    const hasty = testApp(database, { SESSION_MAX_HOURS: '2' });
    const response = await logIn(hasty, { username: user.email, password: PASSWORD, cookie: true });
    expect(response.headers.get('Set-Cookie')).toContain('Max-Age=7200');
  });

  it('ASVS 7.2.4: ends the session whose cookie it replaces, from whatever page', async () => {
    const { user, cookie, sessionId } = await withCookie();
    const before = (await sessionsOf(db, user.id)).map(({ id }) => id);
    const again = { username: user.email, password: PASSWORD, cookie: true };
    expect((await logIn(app, again, { ...somewhere(), Cookie: cookie })).status).toBe(201);
    const after = (await sessionsOf(db, user.id)).map(({ id }) => id);
    expect(after).toEqual([sessionId, expect.not.stringMatching(before[1] ?? '')]);
    expect((await app.get('/v1/users/me', { Cookie: cookie })).status).toBe(401);
  });

  it('ends nothing if the password is wrong', async () => {
    const { user, cookie } = await withCookie();
    const wrong = { username: user.email, password: 'wrong', cookie: true };
    const response = await logIn(app, wrong, { ...somewhere(), Cookie: cookie });
    expect([response.status, response.headers.get('Set-Cookie')]).toEqual([401, null]);
    expect((await app.get('/v1/users/me', { Cookie: cookie })).status).toBe(200);
  });
});

it('log-out takes the cookie away', async () => {
  const { cookie } = await withCookie();
  const headers = { Cookie: cookie, Origin: PUBLIC_URL };
  const response = await app.request('/v1/sessions/current', { method: 'DELETE', headers });
  expect(response.status).toBe(204);
  const attributes = (response.headers.get('Set-Cookie') ?? '').split('; ');
  expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax', 'Secure', '__Host-session=']);
  expect((await app.get('/v1/users/me', { Cookie: cookie })).status).toBe(401);
});

describe('ASVS 3.5.1: a write with the cookie', () => {
  it.each([
    ['the origin that was called', { Origin: 'http://localhost' }],
    ['PUBLIC_URL', { Origin: PUBLIC_URL }],
    ['an origin of CORS_ORIGINS', { Origin: APP }],
    ['a page of ours in a browser that sends no Origin', { 'Sec-Fetch-Site': 'same-origin' }],
  ])('is let through from %s', async (_, headers) => {
    const { cookie } = await withCookie();
    const response = await app.request('/v1/sessions', { method: 'DELETE', headers: { Cookie: cookie, ...headers } });
    expect(response.status).toBe(204);
  });

  it.each([
    ['another site', { Origin: 'https://evil.example' }],
    ['the origin null', { Origin: 'null' }],
    ['another host of the same site', { Origin: 'https://www.kura.example' }],
    ['one that begins alike', { Origin: `${PUBLIC_URL}.evil.example` }],
    ['another port', { Origin: `${PUBLIC_URL}:8443` }],
    ['another scheme', { Origin: 'http://kura.example' }],
    ['an empty origin', { Origin: '' }],
    ['nowhere that is known', {}],
    ['another site, without an Origin', { 'Sec-Fetch-Site': 'cross-site' }],
    ['the same site, without an Origin', { 'Sec-Fetch-Site': 'same-site' }],
    ['another site that says it is ours', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' }],
  ])('is refused from %s', async (_, headers) => {
    const { user, cookie } = await withCookie();
    for (const path of ['/v1/sessions', '/v1/sessions/current']) {
      const response = await app.request(path, { method: 'DELETE', headers: { Cookie: cookie, ...headers } });
      expect([response.status, await bodyOf(response)]).toMatchObject([403, { code: 'foreign_origin' }]);
    }
    expect(await sessionsOf(db, user.id), 'nothing has ended').toHaveLength(2);
  });
});

it('a read with the cookie needs no origin: a link from elsewhere arrives signed in', async () => {
  const { cookie } = await withCookie();
  for (const headers of [{}, { Origin: 'https://evil.example' }]) {
    const response = await app.get('/v1/users/me', { Cookie: cookie, ...headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('Access-Control-Allow-Origin'), 'no page there may read it').toBeNull();
  }
});

describe('a bearer token', () => {
  it('may come from any origin: no browser sends it by itself', async () => {
    const { headers, cookie } = await withCookie();
    const foreign = { ...headers, Origin: 'https://evil.example' };
    for (const all of [foreign, { ...foreign, Cookie: cookie }]) {
      expect((await app.request('/v1/sessions', { method: 'DELETE', headers: all })).status).toBe(204);
    }
  });

  it('counts, and not the cookie beside it', async () => {
    const { cookie } = await withCookie();
    const other = await signIn(database);
    expect(await bodyOf(await app.get('/v1/users/me', { ...other.headers, Cookie: cookie }))).toMatchObject({
      id: other.user.id,
    });
    const none = await app.get('/v1/users/me', { Authorization: 'Bearer kura_none', Cookie: cookie });
    expect(none.status).toBe(401);
  });
});
