import { beforeAll, describe, expect, it } from 'vitest';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { PASSWORD, signIn } from '../support/sign-in.ts';
import { type App, bodyOf, somewhere, statusWith } from './fixture.ts';

let database: TestDatabase;
let app: App;
beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
});

const send = (fields: Record<string, string>) =>
  app.request('/v1/sessions/token', { method: 'POST', headers: somewhere(), body: new URLSearchParams(fields) });

describe('POST /v1/sessions/token', () => {
  it('gives a bearer token as OAuth 2 has it, in 2 round trips', async () => {
    const { user } = await signIn(database);
    await resetWireStats(database);
    const response = await send({ grant_type: 'password', username: user.email, password: PASSWORD });
    expect((await wireStats(database)).http.roundTrips).toBe(2);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control'), 'RFC 6749, 5.1').toBe('no-store');
    expect(response.headers.get('Set-Cookie')).toBeNull();
    const body = await bodyOf(response);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 30 * 24 * 3600 });
    expect(await statusWith(app, String(body.access_token))).toBe(200);
  });

  it('ignores what else API tools send, as RFC 6749, 3.2 asks', async () => {
    const { user } = await signIn(database);
    const more = { scope: '', client_id: 'docs', client_secret: '' };
    const response = await send({ grant_type: 'password', username: user.username, password: PASSWORD, ...more });
    expect(response.status).toBe(200);
  });

  it('ASVS 6.3.8: answers nobody and a wrong password alike', async () => {
    const { user } = await signIn(database);
    for (const username of [user.email, 'nobody']) {
      const response = await send({ grant_type: 'password', username, password: 'wrong' });
      expect([response.status, await bodyOf(response)]).toMatchObject([401, { code: 'invalid_credentials' }]);
    }
  });

  it.each([
    ['another grant', { grant_type: 'refresh_token', username: 'a', password: 'b' }, ['body.grant_type']],
    ['what is missing', {}, ['body.grant_type', 'body.password', 'body.username']],
    ['NUL', { grant_type: 'password', username: 'a\0', password: 'b' }, ['body.username']],
  ])('refuses %s', async (_, fields, paths) => {
    const response = await send(fields as Record<string, string>);
    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path).sort()).toEqual(paths);
  });

  it('takes a form alone', async () => {
    const json = await app.post('/v1/sessions/token', { grant_type: 'password', username: 'a', password: 'b' });
    expect([json.status, await bodyOf(json)]).toMatchObject([415, { code: 'unsupported_media_type' }]);
    const body = new FormData();
    body.set('username', 'a');
    expect((await app.request('/v1/sessions/token', { method: 'POST', body })).status).toBe(415);
  });

  it('refuses a form over 64 KiB', async () => {
    const response = await send({ grant_type: 'password', username: 'a', password: 'x'.repeat(65 * 1024) });
    expect([response.status, await bodyOf(response)]).toMatchObject([413, { code: 'payload_too_large' }]);
  });
});
