import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { userRepository } from '../../src/users/repository.ts';
import { mailTokenRepository } from '../../src/users/tokens/repository.ts';
import { eventsOf, mailsTo, tokenTo } from '../support/accounts.ts';
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
const twoRoundTrips = { http: { roundTrips: 2 }, websocket: { connections: 0 } };
const quiet = () => testApp(database, { ENVIRONMENT: 'production' });
const newAddress = () => `${crypto.randomUUID()}@example.com`;

const ask = (on = app) => on.post('/v1/users/me/verification', undefined, ada.headers);
const claim = (email: string, password = PASSWORD, on = app) =>
  on.post('/v1/users/me/email', { email, password }, ada.headers);
const verify = (token: string, on = app) => on.post('/v1/email/verify', { token });
const stored = () => userRepository.get(db, ada.user.id);
const expire = () =>
  db.statement((q) => q.execute(sql`update mail_tokens set expires_at = now() where user_id = ${ada.user.id}`));

describe('verifying an address', () => {
  it('works by the link of the welcome mail', async () => {
    const email = newAddress();
    const body = { username: `u-${crypto.randomUUID()}`, email, password: 'correct horse' };
    const { id } = (await (await app.post('/v1/users', body)).json()) as { id: string };
    expect(await mailsTo(database, email)).toEqual(['Welcome to Kura']);
    expect((await verify(await tokenTo(database, email))).status).toBe(204);
    const { emailVerifiedAt, createdAt } = await userRepository.get(db, id);
    expect(emailVerifiedAt?.getTime()).toBeGreaterThan(createdAt.getTime() - 60_000);
    expect((await eventsOf(database, id)).map(({ event }) => event)).toEqual(['user.created', 'user.email_verified']);
  });

  it('sends the link again, until it is verified', async () => {
    expect([(await ask()).status, await (await ask()).text()]).toEqual([202, '']);
    expect(await mailsTo(database, ada.user.email)).toHaveLength(2);
    await verify(await tokenTo(database, ada.user.email));
    expect((await ask()).status).toBe(202);
    expect(await mailsTo(database, ada.user.email)).toHaveLength(2);
    expect(await (await app.get('/v1/users/me', ada.headers)).json()).toMatchObject({
      emailVerifiedAt: expect.any(String),
    });
  });

  it('ASVS 6.5.1: takes a link once, also of many at once', async () => {
    await ask();
    const token = await tokenTo(database, ada.user.email);
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 400, 400, 400, 400, 400, 400, 400]);
    expect(await codeOf(await verify(token))).toEqual([400, 'invalid_token']);
    expect(await eventsOf(database, ada.user.id)).toHaveLength(1);
  });

  it('ASVS 6.5.5: refuses a link that has expired, and one that was never made', async () => {
    await ask();
    const token = await tokenTo(database, ada.user.email);
    await expire();
    expect(await codeOf(await verify(token))).toEqual([400, 'invalid_token']);
    expect(await codeOf(await verify('x'.repeat(43)))).toEqual([400, 'invalid_token']);
    expect(await codeOf(await verify(''))).toEqual([422, 'invalid_input']);
  });

  it('refuses a link to an address that is not theirs any more, and one of somebody deactivated', async () => {
    await ask();
    const token = await tokenTo(database, ada.user.email);
    await db.batch((tx) => [userRepository.update(tx, ada.user.id, { email: newAddress() })]);
    expect(await codeOf(await verify(token))).toEqual([400, 'invalid_token']);
    await db.batch((tx) => [userRepository.update(tx, ada.user.id, { email: ada.user.email, isActive: false })]);
    expect(await codeOf(await verify(token))).toEqual([400, 'invalid_token']);
  });

  it('429 after 5 links in an hour, and no further mail', async () => {
    for (let i = 0; i < 5; i++) expect((await ask()).status).toBe(202);
    expect(await codeOf(await ask())).toEqual([429, 'too_many_requests']);
    expect(await mailsTo(database, ada.user.email)).toHaveLength(5);
  });

  it('401 without a session', async () => {
    expect(await codeOf(await app.post('/v1/users/me/verification'))).toEqual([401, 'unauthenticated']);
  });

  it('is two round trips, and so is asking for it', async () => {
    await ask();
    const token = await tokenTo(database, ada.user.email);
    for (const act of [() => ask(quiet()), () => verify(token, quiet())]) {
      await resetWireStats(database);
      await act();
      expect(await wireStats(database)).toMatchObject(twoRoundTrips);
    }
  });
});

describe('changing the address', () => {
  it('ASVS 6.3.7: is done by a link to the new one, and told to the old one', async () => {
    const email = newAddress();
    expect((await claim(email)).status).toBe(202);
    expect(await stored()).toMatchObject({ email: ada.user.email, emailVerifiedAt: null });
    expect((await verify(await tokenTo(database, email))).status).toBe(204);
    expect(await stored()).toMatchObject({ email, emailVerifiedAt: expect.any(Date) });
    expect(await mailsTo(database, ada.user.email)).toEqual(['Your address was changed']);
    expect(await mailsTo(database, email)).toEqual(['Confirm your new address']);
    expect(await eventsOf(database, ada.user.id)).toMatchObject([
      { event: 'user.email_claimed', actorId: ada.user.id },
      { event: 'user.email_changed', actorId: null, details: { from: ada.user.email, to: email } },
    ]);
  });

  it('does not tell itself that only its case was changed', async () => {
    const email = ada.user.email.toUpperCase();
    await claim(email);
    await verify(await tokenTo(database, email));
    expect(await stored()).toMatchObject({ email });
    expect(await mailsTo(database, ada.user.email)).toEqual([]);
  });

  it('ASVS 7.5.1: asks for the password, ten times', async () => {
    const email = newAddress();
    expect(await codeOf(await claim(email, 'a guess'))).toEqual([400, 'wrong_password']);
    await Promise.all(Array.from({ length: 9 }, () => claim(email, 'a guess')));
    expect(await codeOf(await claim(email))).toEqual([429, 'too_many_requests']);
    expect(await mailsTo(database, email)).toEqual([]);
  });

  it('429 after 5 links in an hour', async () => {
    for (let i = 0; i < 5; i++) expect((await claim(newAddress())).status).toBe(202);
    expect(await codeOf(await claim(newAddress()))).toEqual([429, 'too_many_requests']);
  });

  it('400 when the address is taken by the time the link is used; the link stays good', async () => {
    const email = newAddress();
    await claim(email);
    const token = await tokenTo(database, email);
    const other = await signIn(database, { email: email.toUpperCase() });
    expect(await codeOf(await verify(token))).toEqual([400, 'email_taken']);
    await db.batch((tx) => [userRepository.delete(tx, other.user.id)]);
    expect((await verify(token)).status).toBe(204);
  });

  it('lets one of two links win', async () => {
    const addresses = [newAddress(), newAddress()];
    for (const email of addresses) await claim(email);
    const tokens = await Promise.all(addresses.map((email) => tokenTo(database, email)));
    const answers = await Promise.all(tokens.map((token) => verify(token)));
    // The second is bound to the address that it replaces; where it comes after the first, it replaces that.
    expect(answers.map(({ status }) => status)).toContain(204);
    expect(addresses).toContain((await stored()).email);
    expect(await mailsTo(database, ada.user.email)).toEqual(['Your address was changed']);
  });

  it('is off when the password is changed meanwhile: somebody else may have asked for it', async () => {
    const email = newAddress();
    await claim(email);
    const token = await tokenTo(database, email);
    const change = { currentPassword: PASSWORD, newPassword: 'a better horse' };
    expect((await app.post('/v1/users/me/password', change, ada.headers)).status).toBe(204);
    expect(await codeOf(await verify(token))).toEqual([400, 'invalid_token']);
  });

  it('is two round trips, and so is asking for it', async () => {
    const email = newAddress();
    await claim(email);
    const token = await tokenTo(database, email);
    for (const act of [() => claim(newAddress(), PASSWORD, quiet()), () => verify(token, quiet())]) {
      await resetWireStats(database);
      await act();
      expect(await wireStats(database)).toMatchObject(twoRoundTrips);
    }
  });
});

it('keeps no token: neither in the outbox nor in the audit, and of the table only its hash', async () => {
  const email = newAddress();
  await claim(email);
  const token = await tokenTo(database, email);
  const rows = await Promise.all([outboxRepository.all(db, { limit: 1000 }), eventsOf(database, ada.user.id)]);
  expect(JSON.stringify(rows)).not.toContain(token);
  const [row] = await mailTokenRepository.all(db, { where: { userId: ada.user.id } });
  expect(JSON.stringify(row)).not.toContain(token);
  expect(row).toMatchObject({ purpose: 'change_email', email, usedAt: null });
});

it('sends no link that has expired while it waited', async () => {
  const closed = testApp(database, { ENVIRONMENT: 'production' }); // it has nothing to send mail with
  await closed.post('/v1/users/me/verification', undefined, ada.headers);
  await db.statement((q) =>
    q.execute(sql`update outbox set payload = jsonb_set(payload, '{expiresAt}', '"2020-01-01T00:00:00.000Z"')
      where ordering_key = ${ada.user.email}`),
  );
  await claim(newAddress(), 'a guess');
  await app.post('/v1/password/forgotten', { email: newAddress() }); // its drain takes the other, too
  expect(await mailsTo(database, ada.user.email)).toEqual([]);
  expect(await outboxRepository.all(db, { where: { orderingKey: ada.user.email } })).toMatchObject([
    { deadAt: expect.any(Date), lastError: 'delivery_refused: The link has expired' },
  ]);
});

it('removes tokens that expired a day ago', async () => {
  await ask();
  expect((await db.batch((tx) => [mailTokenRepository.purgeExpired(tx)]))[0]).toBe(0);
  await db.statement((q) =>
    q.execute(sql`update mail_tokens set expires_at = now() - interval '25 hours' where user_id = ${ada.user.id}`),
  );
  expect((await db.batch((tx) => [mailTokenRepository.purgeExpired(tx)]))[0]).toBe(1);
});
