import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { resendSender } from '../../src/email/resend.ts';
import { parseEnv } from '../../src/env.ts';
import { jobs } from '../../src/jobs.ts';
import { drain } from '../../src/outbox/drain.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { createUser } from '../../src/users/service.ts';
import { origin, settings } from '../support/accounts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';

/** A provider of mail with Resend's API, on a real socket. It answers as the test says, in turn, then with 200. */
const requests: { path: string | undefined; key: unknown; authorization: string | undefined; body: unknown }[] = [];
let answers: ((response: ServerResponse) => void)[] = [];
const provider = createServer(async (request: IncomingMessage, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const { 'idempotency-key': key, authorization } = request.headers;
  requests.push({ path: request.url, key, authorization, body: JSON.parse(body) });
  const answer = answers.shift() ?? json(200, { id: crypto.randomUUID() });
  answer(response);
});

const json =
  (status: number, body: object, headers = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
const error = (status: number, name: string, headers = {}) =>
  json(status, { statusCode: status, name, message: 's3cret@example.com' }, headers);
const silence = () => {};
const hangUp = (response: ServerResponse) => response.destroy();

let url: string;
let database: TestDatabase;
let db: Database;
const log = { error: vi.spyOn(console, 'error'), warn: vi.spyOn(console, 'warn') };

beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});
afterAll(() => {
  provider.closeAllConnections();
  provider.close();
});

let n = 0;
let email: string;
beforeEach(async () => {
  await db.batch((tx) => [outboxRepository.deleteMany(tx, {})]);
  requests.length = 0;
  answers = [];
  log.error.mockReset();
  log.warn.mockReset();
  email = `s3cret${++n}@example.com`;
  await createUser(db, origin, { username: `ada${n}`, email, password: 'correct horse' }, settings);
});

const send = (options = {}) => {
  const env = parseEnv({
    DATABASE_URL: database.url,
    ENVIRONMENT: 'production',
    SECRET_KEY,
    EMAIL_PROVIDER: 'resend',
    RESEND_API_KEY: 're_s3cret',
    RESEND_URL: url,
    MAIL_FROM: 'Kura <noreply@kura.example>',
    PUBLIC_URL: 'https://kura.example',
  });
  return drain(db, jobs(env, db), { baseMs: 0, ...options });
};
const row = async () => {
  const [only] = await outboxRepository.all(db);
  return only;
};

it('hands the mail over as the API wants it, with the row as the idempotency key', async () => {
  expect(await send()).toEqual({ done: 1, retry: 0, dead: 0 });
  expect(requests).toEqual([
    {
      path: '/emails',
      key: (await row())?.id,
      authorization: 'Bearer re_s3cret',
      body: {
        from: 'Kura <noreply@kura.example>',
        to: [email],
        subject: 'Welcome to Kura',
        text: expect.stringContaining('https://kura.example/account/verify#'),
        html: expect.stringContaining('<!doctype html>'),
      },
    },
  ]);
});

it('tries again after a 429, a 5xx and a broken connection, with the same key and the same mail', async () => {
  answers = [
    error(429, 'rate_limit_exceeded'),
    error(500, 'application_error'),
    error(409, 'concurrent_idempotent_requests'),
    error(403, 'invalid_api_key'),
    hangUp,
  ];
  expect(await send()).toEqual({ done: 1, retry: 5, dead: 0 });
  expect(new Set(requests.map(({ key, body }) => JSON.stringify([key, body]))).size).toBe(1);
  expect(requests).toHaveLength(6);
  expect(requests[0]?.key).toBe((await row())?.id);
  const told = log.warn.mock.calls.map(([line]) => JSON.parse(line).reason);
  expect(told).toEqual([
    'delivery_failed: The mail provider answered 429 rate_limit_exceeded',
    'delivery_failed: The mail provider answered 500 application_error',
    'delivery_failed: The mail provider answered 409 concurrent_idempotent_requests',
    'delivery_failed: The mail provider answered 403 invalid_api_key',
    'delivery_failed: The mail provider is out of reach',
  ]);
});

it.each([
  [422, 'validation_error'],
  [400, 'invalid_idempotency_key'],
  [409, 'invalid_idempotent_request'],
])('gives a mail up that is refused with %i %s, and says so without an address or a key', async (status, name) => {
  answers = [error(status, name)];
  expect(await send()).toEqual({ done: 0, retry: 0, dead: 1 });
  expect(requests).toHaveLength(1);
  const reason = `delivery_refused: The mail provider answered ${status} ${name}`;
  expect(await row()).toMatchObject({ lastError: reason, deadAt: expect.any(Date) });
  expect(JSON.parse(log.error.mock.calls[0]?.[0])).toMatchObject({
    event: 'outbox_dead',
    topic: 'user.created',
    reason,
  });
  expect(JSON.stringify(log.error.mock.calls)).not.toContain('s3cret');
});

it('does not follow the provider elsewhere with the API key', async () => {
  answers = [json(307, {}, { Location: `${url}/elsewhere` })];
  expect(await send()).toEqual({ done: 1, retry: 1, dead: 0 });
  expect(requests.map(({ path }) => path)).toEqual(['/emails', '/emails']);
});

it('waits as long as the provider asks', async () => {
  answers = [error(429, 'daily_quota_exceeded', { 'Retry-After': '7200' })];
  expect(await send()).toEqual({ done: 0, retry: 1, dead: 0 });
  const { availableAt, createdAt } = (await row()) ?? {};
  expect(Number(availableAt) - Number(createdAt)).toBeGreaterThanOrEqual(7_200_000);
});

it('gives up waiting for an answer, and tries again with the same key', async () => {
  answers = [silence];
  const impatient = resendSender({ url, apiKey: 're_s3cret', from: 'a@b.example', timeoutMs: 20 });
  const mail = { to: email, subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };
  const key = { idempotencyKey: 'the key', signal: new AbortController().signal };
  await expect(impatient(mail, key)).rejects.toMatchObject({
    code: 'delivery_failed',
    message: 'The mail provider did not answer in time',
  });

  answers = [silence];
  expect(await send({ timeoutMs: 3000 })).toEqual({ done: 1, retry: 1, dead: 0 });
  expect(new Set(requests.slice(-2).map(({ key }) => key)).size).toBe(1);
});

it('is tried again by another drain when the first one dies between sending and marking', async () => {
  const env = parseEnv({ DATABASE_URL: database.url });
  const [userCreated] = jobs(env, db);
  if (!userCreated) throw new Error('There is no job');
  const closed = openDatabase({ url: database.url });
  const dying = {
    ...userCreated,
    run: async () => {
      const sender = resendSender({ url, apiKey: 're_s3cret', from: 'a@b.example' });
      const id = (await row())?.id ?? '';
      await sender(
        { to: email, subject: 's', text: 't', html: 'h' },
        { idempotencyKey: id, signal: AbortSignal.timeout(9999) },
      );
      await closed.close();
    },
  };
  await expect(drain(closed, [dying], { leaseMs: 0 })).rejects.toMatchObject({ code: 'database_closed' });
  expect((await row())?.doneAt).toBeNull();

  expect(await send()).toEqual({ done: 1, retry: 0, dead: 0 });
  expect(requests.map(({ key }) => key)).toEqual([(await row())?.id, (await row())?.id]);
});
