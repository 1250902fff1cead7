import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditRepository } from '../../src/audit/record.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { verifyPassword } from '../../src/users/password.ts';
import { resetEmailFor } from '../../src/users/password-reset.ts';
import { userRepository } from '../../src/users/repository.ts';
import { mailTokenRepository } from '../../src/users/tokens/repository.ts';
import { eventsOf, mailsTo, settings, tokenTo } from '../support/accounts.ts';
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
  // All tests call from one address, and some leave mails behind.
  await db.statement((q) => q.execute(sql`with gone as (delete from limits) delete from outbox`));
});

const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];
const twoRoundTrips = { http: { roundTrips: 2 }, websocket: { connections: 0 } };
const quiet = () => testApp(database, { ENVIRONMENT: 'production' });
const newPassword = 'a better horse';
const stranger = () => `${crypto.randomUUID()}@example.com`;

const forget = (email: string, on = app, headers = {}) => on.post('/v1/password/forgotten', { email }, headers);
const reset = (token: string, password = newPassword, on = app) =>
  on.post('/v1/password/reset', { token, newPassword: password });
const isTheirs = async (password: string) =>
  verifyPassword(password, (await userRepository.get(db, ada.user.id)).hashedPassword);

describe('POST /v1/password/forgotten', () => {
  it('sends a link to the address as it is stored', async () => {
    expect((await forget(ada.user.email.toUpperCase())).status).toBe(202);
    expect(await mailsTo(database, ada.user.email)).toEqual(['Choose a new password']);
  });

  it('ASVS 6.3.8: answers the same, by the same round trips, whether there is an account or not', async () => {
    const inactive = await signIn(database, { isActive: false });
    const costOf = async () => {
      const { http, websocket } = await wireStats(database);
      return { http: { roundTrips: http.roundTrips }, websocket: { connections: websocket.connections } };
    };
    const seen = [];
    for (const email of [ada.user.email, stranger(), inactive.user.email]) {
      await resetWireStats(database);
      const response = await forget(email, quiet(), {
        'X-Request-Id': 'same',
        traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`,
      });
      const headers = [...response.headers].filter(([name]) => name !== 'traceresponse');
      seen.push({ status: response.status, body: await response.text(), headers, wire: await costOf() });
    }
    expect(seen[0]).toMatchObject({ status: 202, body: '', wire: twoRoundTrips });
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it('sends nothing to anybody else', async () => {
    const email = stranger();
    const inactive = await signIn(database, { isActive: false });
    await forget(email);
    await forget(inactive.user.email);
    expect([await mailsTo(database, email), await mailsTo(database, inactive.user.email)]).toEqual([[], []]);
    const done = await outboxRepository.all(db, { where: { orderingKey: email } });
    expect(done).toMatchObject([{ topic: 'user.password_forgotten', doneAt: expect.any(Date) }]);
  });

  it('429 after three for one address, of an account or not', async () => {
    for (const email of [ada.user.email, stranger()]) {
      for (let i = 0; i < 3; i++) expect((await forget(email)).status).toBe(202);
      expect(await codeOf(await forget(email.toUpperCase()))).toEqual([429, 'too_many_requests']);
    }
    expect(await mailsTo(database, ada.user.email)).toHaveLength(3);
  });

  it('429 after twenty from one network', async () => {
    const from = (address: string) => forget(stranger(), quiet(), { 'CF-Connecting-IP': address });
    for (let i = 0; i < 20; i++) expect((await from('192.0.2.7')).status).toBe(202);
    expect(await codeOf(await from('192.0.2.7'))).toEqual([429, 'too_many_requests']);
    expect((await from('192.0.2.8')).status).toBe(202);
  });

  it('422 for what is no address', async () => {
    expect(await codeOf(await forget('nobody'))).toEqual([422, 'invalid_input']);
  });

  it('is in the audit, by where it came from', async () => {
    await forget(ada.user.email, app, { 'CF-Connecting-IP': '192.0.2.9' });
    expect(await auditRepository.all(db, { where: { address: '192.0.2.9' } })).toMatchObject([
      { event: 'user.password_forgotten', userId: null },
    ]);
  });
});

describe('POST /v1/password/reset', () => {
  const link = async () => {
    await forget(ada.user.email);
    return tokenTo(database, ada.user.email);
  };

  it('ASVS 6.4.3, 7.4.3: sets the password, ends all sessions, and verifies the address', async () => {
    expect((await reset(await link())).status).toBe(204);
    expect([await isTheirs(newPassword), await isTheirs(PASSWORD)]).toEqual([true, false]);
    expect(await codeOf(await app.get('/v1/users/me', ada.headers))).toEqual([401, 'unauthenticated']);
    expect(await userRepository.get(db, ada.user.id)).toMatchObject({ emailVerifiedAt: expect.any(Date) });
  });

  it('ASVS 6.1.1: lets whoever was kept out by guesses in again, by either name', async () => {
    const names = [ada.user.email, ada.user.username.toUpperCase()];
    const enter = async (password: string, from: string) => {
      const headers = { 'CF-Connecting-IP': from };
      const answers = names.map((username) => app.post('/v1/sessions', { username, password }, headers));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    // From ten networks in all, and one of them is the owner's: where nobody says who calls, all are one.
    const guess = (i: number) => enter('not the password', i % 10 === 0 ? '0.0.0.0' : `192.0.2.${i % 10}`);
    await Promise.all(Array.from({ length: 110 }, (_, i) => guess(i)));
    expect(await enter(PASSWORD, '198.51.100.1')).toEqual([429, 429]);
    const token = await link();
    expect((await reset(token)).status).toBe(204);
    expect(await enter(newPassword, '198.51.100.1')).toEqual([201, 201]);
    expect(await enter(newPassword, '0.0.0.0')).toEqual([201, 201]);
  });

  it('ASVS 6.3.7: tells the user by mail, and the audit', async () => {
    await reset(await link());
    expect(await mailsTo(database, ada.user.email)).toEqual(['Your password was changed', 'Choose a new password']);
    expect(await eventsOf(database, ada.user.id)).toMatchObject([{ event: 'user.password_reset', actorId: null }]);
  });

  it('ASVS 6.5.1: takes a link once, also of many at once', async () => {
    const token = await link();
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => reset(token, `${newPassword} ${i}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 400, 400, 400, 400, 400]);
    expect(await eventsOf(database, ada.user.id)).toHaveLength(1);
    expect(await codeOf(await reset(token))).toEqual([400, 'invalid_token']);
  });

  it('ASVS 6.5.5: the link is good for 10 minutes', async () => {
    const token = await link();
    const [row] = await mailTokenRepository.all(db, { where: { userId: ada.user.id } });
    const lifetime = Number(row?.expiresAt) - Number(row?.createdAt);
    expect(lifetime).toBeGreaterThan(590_000);
    expect(lifetime).toBeLessThanOrEqual(601_000);
    await db.statement((q) => q.execute(sql`update mail_tokens set expires_at = now() where user_id = ${ada.user.id}`));
    expect(await codeOf(await reset(token))).toEqual([400, 'invalid_token']);
    expect(await isTheirs(PASSWORD)).toBe(true);
  });

  it('takes no link of another purpose, and none to an address that is not theirs any more', async () => {
    await app.post('/v1/users/me/verification', undefined, ada.headers);
    expect(await codeOf(await reset(await tokenTo(database, ada.user.email)))).toEqual([400, 'invalid_token']);
    const token = await link();
    expect(await codeOf(await app.post('/v1/email/verify', { token }))).toEqual([400, 'invalid_token']);
    await db.batch((tx) => [userRepository.update(tx, ada.user.id, { email: stranger() })]);
    expect(await codeOf(await reset(token))).toEqual([400, 'invalid_token']);
  });

  it('makes the other links of the user useless', async () => {
    const first = await link();
    const second = await link();
    expect((await reset(second)).status).toBe(204);
    expect(await codeOf(await reset(first))).toEqual([400, 'invalid_token']);
  });

  it.each([
    ['short', 'must have at least 8 characters'],
    ['password1', 'is one of the most common passwords'],
  ])('422 for "%s", and the link stays good', async (bad, message) => {
    const token = await link();
    const response = await reset(token, bad);
    expect(await response.json()).toMatchObject({
      code: 'invalid_input',
      errors: [{ path: 'body.newPassword', message }],
    });
    const own = await reset(token, `my ${ada.user.username}`);
    expect(await own.json()).toMatchObject({ errors: [{ message: 'must not contain the username' }, {}] });
    expect((await reset(token)).status).toBe(204);
  });

  it('is two round trips', async () => {
    const token = await link();
    await resetWireStats(database);
    expect((await reset(token, newPassword, quiet())).status).toBe(204);
    expect(await wireStats(database)).toMatchObject(twoRoundTrips);
  });
});

it('makes the same link when the mail is tried again, and does not bring back a used one', async () => {
  const id = crypto.randomUUID();
  const first = await resetEmailFor(db, id, ada.user.email, settings);
  expect(await resetEmailFor(db, id, ada.user.email, settings)).toEqual(first);
  const token = /#([\w-]{43})/.exec(first?.text ?? '')?.[1] ?? '';
  expect((await reset(token)).status).toBe(204);
  await resetEmailFor(db, id, ada.user.email, settings);
  expect(await codeOf(await reset(token, 'yet another horse'))).toEqual([400, 'invalid_token']);
});
