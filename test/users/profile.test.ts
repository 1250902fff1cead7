import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { sessionRepository } from '../../src/sessions/repository.ts';
import { verifyPassword } from '../../src/users/password.ts';
import { changePassword } from '../../src/users/profile.ts';
import { userRepository } from '../../src/users/repository.ts';
import { eventsOf, mailsTo, origin, settings } from '../support/accounts.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { PASSWORD, type SignedIn, signIn } from '../support/sign-in.ts';

let database: TestDatabase;
let app: ReturnType<typeof testApp>;
let db: ReturnType<typeof openDatabase>;
let ada: SignedIn;

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
  db = openDatabase({ url: database.url });
});
beforeEach(async () => {
  ada = await signIn(database);
});

const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];
const oneRoundTripBeyondAuthentication = { http: { roundTrips: 2 }, websocket: { connections: 0 } };

/** Of the application in which nothing can send a mail, so that a request's own round trips are counted. */
const quiet = () => testApp(database, { ENVIRONMENT: 'production' });

describe('GET /v1/users/me', () => {
  it('has an ETag, and is 304 to whoever has it already', async () => {
    const first = await app.get('/v1/users/me', ada.headers);
    expect(first.headers.get('ETag')).toBe('"v1"');
    const again = await app.get('/v1/users/me', { ...ada.headers, 'If-None-Match': '"v1"' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('401 without a session', async () => {
    expect(await codeOf(await app.get('/v1/users/me'))).toEqual([401, 'unauthenticated']);
  });
});

describe('PATCH /v1/users/me', () => {
  const patch = (body: unknown, headers = {}) =>
    app.send('PATCH', '/v1/users/me', body, { ...ada.headers, ...headers });

  it('changes the name and the username, and says the new version', async () => {
    const username = `${ada.user.username}-2`;
    const response = await patch({ fullName: 'Ada Lovelace', username });
    expect([response.status, response.headers.get('ETag')]).toEqual([200, '"v2"']);
    expect(await response.json()).toMatchObject({ fullName: 'Ada Lovelace', username, version: 2 });
    expect(await eventsOf(database, ada.user.id)).toMatchObject([
      { event: 'user.changed', actorId: ada.user.id, details: { fields: ['username', 'fullName'] } },
    ]);
  });

  it('empties the name by null, and leaves what is not given', async () => {
    await patch({ fullName: 'Ada' });
    expect(await (await patch({ fullName: null })).json()).toMatchObject({
      fullName: null,
      username: ada.user.username,
    });
  });

  it.each([
    { email: 'new@example.com' },
    { isSuperuser: true },
    { isActive: false },
    { password: 'x' },
    { version: 9 },
  ])('ASVS 15.3.3: takes nothing else: %o', async (body) => {
    expect(await codeOf(await patch(body))).toEqual([422, 'invalid_input']);
  });

  it('400 for a username that somebody has', async () => {
    const { user } = await signIn(database);
    expect(await codeOf(await patch({ username: user.username.toUpperCase() }))).toEqual([400, 'username_taken']);
  });

  it('412 by If-Match for another version', async () => {
    expect((await patch({ fullName: 'A' }, { 'If-Match': '"v1"' })).status).toBe(200);
    expect(await codeOf(await patch({ fullName: 'B' }, { 'If-Match': '"v1"' }))).toEqual([412, 'stale_version']);
    expect(await userRepository.get(db, ada.user.id)).toMatchObject({ fullName: 'A' });
  });

  it('is one round trip beyond authentication', async () => {
    await resetWireStats(database);
    await patch({ fullName: 'Ada' }, { 'If-Match': '"v1"' });
    expect(await wireStats(database)).toMatchObject(oneRoundTripBeyondAuthentication);
  });
});

describe('POST /v1/users/me/password', () => {
  const newPassword = 'a better horse';
  const change = (body: object = {}, on = app) =>
    on.post('/v1/users/me/password', { currentPassword: PASSWORD, newPassword, ...body }, ada.headers);
  const isTheirs = async (password: string) =>
    verifyPassword(password, (await userRepository.get(db, ada.user.id)).hashedPassword);

  it('ASVS 6.2.2, 6.2.3, 7.4.3: sets it, and ends all other sessions', async () => {
    const tokenHash = crypto.getRandomValues(new Uint8Array(32));
    const expiresAt = new Date(Date.now() + 60_000);
    await db.batch((tx) => [sessionRepository.create(tx, { userId: ada.user.id, tokenHash, expiresAt })]);
    expect((await change()).status).toBe(204);
    expect(await isTheirs(newPassword)).toBe(true);
    const left = await sessionRepository.all(db, { where: { userId: ada.user.id } });
    expect(left.map(({ id }) => id)).toEqual([ada.sessionId]);
    expect((await app.get('/v1/users/me', ada.headers)).status).toBe(200);
  });

  it('ASVS 6.3.7: tells the user by mail, and the audit', async () => {
    await change();
    expect(await mailsTo(database, ada.user.email)).toEqual(['Your password was changed']);
    const { id } = ada.user;
    expect(await eventsOf(database, id)).toMatchObject([{ event: 'user.password_changed', actorId: id, details: {} }]);
  });

  it('ASVS 6.3.8: hashes the new password also where the current one is wrong, so that the time does not tell a right one', async () => {
    let hashed = 0;
    const env = {
      ...settings,
      get BCRYPT_COST() {
        hashed++;
        return 4;
      },
    };
    const user = await userRepository.get(db, ada.user.id);
    const input = { currentPassword: 'not this one', newPassword };
    const changing = changePassword(db, origin, { user, sessionId: ada.sessionId }, input, env);
    await expect(changing).rejects.toMatchObject({ code: 'wrong_password' });
    expect(hashed).toBe(1);
  });

  it('400 for another current password', async () => {
    expect(await codeOf(await change({ currentPassword: 'not this one' }))).toEqual([400, 'wrong_password']);
    expect(await isTheirs(PASSWORD)).toBe(true);
  });

  it.each([
    ['too short', 'short', 'must have at least 8 characters'],
    ['common', 'Trustno1!'.slice(0, 8), 'is one of the most common passwords'],
    ['over 72 bytes', 'x'.repeat(73), 'must be at most 72 bytes in UTF-8'],
  ])('422 for one that is %s', async (_, bad, message) => {
    const response = await change({ newPassword: bad });
    expect(await response.json()).toMatchObject({
      code: 'invalid_input',
      errors: [{ path: 'body.newPassword', message }],
    });
  });

  it('422 for one with the username in it', async () => {
    const response = await change({ newPassword: `my ${ada.user.username.slice(0, 60)}` });
    expect(await response.json()).toMatchObject({ errors: [{ message: 'must not contain the username' }, {}] });
  });

  it('422 for one shorter than is configured', async () => {
    const strict = testApp(database, { PASSWORD_MIN_LENGTH: '20' });
    const response = await change({}, strict);
    expect(await response.json()).toMatchObject({ errors: [{ message: 'must have at least 20 characters' }] });
  });

  it('ASVS 6.3.1: of 40 tries at once, 10 are told that they are wrong; then not even the right one is taken', async () => {
    const tries = await Promise.all(Array.from({ length: 40 }, () => change({ currentPassword: 'a guess' })));
    const statuses = tries.map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    const right = await change();
    expect(Number(right.headers.get('Retry-After'))).toBeGreaterThan(800);
    expect(await codeOf(right)).toEqual([429, 'too_many_requests']);
    expect(await isTheirs(PASSWORD)).toBe(true);
  });

  it('counts a wrong one also where all else of the request is undone, as with an Idempotency-Key', async () => {
    const guess = () =>
      app.post(
        '/v1/users/me/password',
        { currentPassword: 'a guess', newPassword },
        { ...ada.headers, 'Idempotency-Key': `"${crypto.randomUUID()}"` },
      );
    for (let i = 0; i < 10; i++) expect(await codeOf(await guess())).toEqual([400, 'wrong_password']);
    expect(await codeOf(await guess())).toEqual([429, 'too_many_requests']);
  });

  it('begins to count anew after a right one', async () => {
    for (let i = 0; i < 9; i++) await change({ currentPassword: 'a guess' });
    expect((await change()).status).toBe(204);
    expect(await codeOf(await change({ currentPassword: 'a guess' }))).toEqual([400, 'wrong_password']);
  });

  it('lets one of two at once have their way: the password that was confirmed must still be theirs', async () => {
    const answers = await Promise.all([change(), change({ newPassword: 'another horse' })]);
    const codes = await Promise.all(answers.map(async (answer) => (answer.status === 204 ? 204 : codeOf(answer))));
    expect(codes).toContain(204);
    // The other one has come after, and its password is wrong by now, or in between.
    const [other] = codes.filter((code) => code !== 204);
    expect([['412', 'stale_version'].join(), ['400', 'wrong_password'].join()]).toContain(String(other));
  });

  it.each([
    ['right', {}],
    ['wrong', { currentPassword: 'a guess' }],
  ])('is one round trip beyond authentication, the password %s', async (_, body) => {
    await resetWireStats(database);
    await change(body, quiet());
    expect(await wireStats(database)).toMatchObject(oneRoundTripBeyondAuthentication);
  });
});

describe('DELETE /v1/users/me', () => {
  const remove = (body: unknown = { password: PASSWORD }, headers: Record<string, string> = ada.headers) =>
    app.send('DELETE', '/v1/users/me', body, headers);

  it('ASVS 7.4.2: deletes the account and ends its sessions; it can be restored', async () => {
    expect((await remove()).status).toBe(204);
    expect(await codeOf(await app.get('/v1/users/me', ada.headers))).toEqual([401, 'unauthenticated']);
    expect(await userRepository.onlyDeleted.get(db, ada.user.id)).toMatchObject({ email: ada.user.email });
    expect(await eventsOf(database, ada.user.id)).toMatchObject([{ event: 'user.deleted', actorId: ada.user.id }]);
  });

  it('412 by If-Match for another version', async () => {
    const ifMatch = (tag: string) => remove(undefined, { ...ada.headers, 'If-Match': tag });
    expect(await codeOf(await ifMatch('"v999"'))).toEqual([412, 'stale_version']);
    expect((await app.get('/v1/users/me', ada.headers)).status).toBe(200);
    expect((await ifMatch('"v999", "v1"')).status).toBe(204);
  });

  it('400 for a wrong password, 422 for none, 415 for a body that is not JSON', async () => {
    expect(await codeOf(await remove({ password: 'a guess' }))).toEqual([400, 'wrong_password']);
    expect(await codeOf(await remove({}))).toEqual([422, 'invalid_input']);
    const text = await remove('password', { ...ada.headers, 'Content-Type': 'text/plain' });
    expect(await codeOf(text)).toEqual([415, 'unsupported_media_type']);
    expect((await app.get('/v1/users/me', ada.headers)).status).toBe(200);
  });

  it('429 after too many wrong ones', async () => {
    await Promise.all(Array.from({ length: 10 }, () => remove({ password: 'a guess' })));
    expect(await codeOf(await remove())).toEqual([429, 'too_many_requests']);
  });

  it('409 for the last superuser, though not for one of two; two at once cannot both go', async () => {
    const own = await createTestDatabase();
    const on = testApp(own);
    const [first, second] = [await signIn(own, { isSuperuser: true }), await signIn(own, { isSuperuser: true })];
    await signIn(own, { isSuperuser: true, isActive: false });
    const answers = await Promise.all(
      [first, second].map(({ headers }) => on.send('DELETE', '/v1/users/me', { password: PASSWORD }, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    const left = answers.find(({ status }) => status === 409);
    expect(await left?.json()).toMatchObject({
      code: 'conflict',
      detail: 'This is the last superuser: make somebody else one first',
    });
  });

  it('is one round trip beyond authentication', async () => {
    await resetWireStats(database);
    await remove();
    expect(await wireStats(database)).toMatchObject(oneRoundTripBeyondAuthentication);
  });
});
