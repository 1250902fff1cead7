import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { auditOf, bodyOf, logIn, sessionsOf, tokenOf } from '../../sessions/fixture.ts';
import { testApp } from '../../support/app.ts';
import { SECRET_KEY } from '../../support/names.ts';
import { PASSWORD, signIn } from '../../support/sign-in.ts';
import { database, db, newKey, useEffects, write } from './fixture.ts';

useEffects();

const app = () => createApp({ DATABASE_URL: database.url, BCRYPT_COST: '4', SECRET_KEY });

it.each([
  ['a log-out', '/v1/sessions/current', undefined, 'session.ended'],
  ['deleting oneself', '/v1/users/me', { password: PASSWORD }, 'user.deleted'],
])('answers %s again, although it has ended the session', async (_, path, body, event) => {
  const { user, headers } = await signIn(database);
  const request = write(newKey(), headers, body, 'DELETE');
  const answers = [await app().request(path, request), await app().request(path, request)];
  expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  expect(answers.map((answer) => answer.headers.get('Idempotency-Replayed'))).toEqual([null, 'true']);
  expect(answers[1]?.headers.getSetCookie()).toEqual(answers[0]?.headers.getSetCookie());
  expect((await auditOf(db, user.id)).map((row) => row.event)).toEqual([event]);
  const another = await app().request(path, write(newKey(), headers, body, 'DELETE'));
  expect([another.status, await bodyOf(another)]).toMatchObject([401, { code: 'unauthenticated' }]);
});

it('ASVS 5.0 8.2.2: gives another session of the same user, and a token of nobody, no answer of this one', async () => {
  const { user, headers } = await signIn(database);
  const token = await tokenOf(await logIn(testApp(database), { username: user.email, password: PASSWORD }));
  const key = newKey();
  const ids: unknown[] = [];
  for (const of of [headers, { Authorization: `Bearer ${token}` }]) {
    const response = await app().request('/v1/posts', write(key, of, { title: 'One', body: 'Text' }));
    expect([response.status, response.headers.get('Idempotency-Replayed')]).toEqual([201, null]);
    ids.push((await bodyOf(response)).id);
  }
  expect(ids[0]).not.toBe(ids[1]);
  for (const of of [{}, { Authorization: `Bearer ${token}x` }]) {
    expect((await app().request('/v1/posts', write(key, of, { title: 'One', body: 'Text' }))).status).toBe(401);
  }
});

it('logs in with a session cookie as it does without a key, whatever page it is from', async () => {
  const { user, token } = await signIn(database);
  const body = { username: user.email, password: PASSWORD, cookie: true };
  const request = write(newKey(), { Cookie: `__Host-session=${token}` }, body);
  const answers = [await app().request('/v1/sessions', request), await app().request('/v1/sessions', request)];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(answers[1]?.headers.getSetCookie()).toEqual(answers[0]?.headers.getSetCookie());
  expect(await sessionsOf(db, user.id)).toHaveLength(1); // in the place of the first, and begun once
});

it('lets a page from elsewhere write nothing by the cookie, with a key or without', async () => {
  const { token } = await signIn(database);
  const request = write(
    newKey(),
    { Cookie: `__Host-session=${token}`, Origin: 'https://evil.example' },
    { title: 'x' },
  );
  const response = await app().request('/v1/posts', request);
  expect([response.status, await bodyOf(response)]).toMatchObject([403, { code: 'foreign_origin' }]);
});

it('says that the session is in use also where the request is undone', async () => {
  const { user, headers } = await signIn(database);
  await db.statement((q) => q.execute(sql`update sessions set last_used_at = now() - interval '1 hour'`));
  const response = await app().request('/v1/posts', write(newKey(), headers, {}));
  expect(response.status).toBe(422);
  await expect
    .poll(async () => Number((await sessionsOf(db, user.id))[0]?.lastUsedAt) > Date.now() - 600_000)
    .toBe(true);
});
