import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { signIn } from '../support/sign-in.ts';

let database: TestDatabase;
let app: ReturnType<typeof testApp>;

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
});

let n = 0;
const someone = () => {
  n++;
  return { username: `ada${n}`, email: `ada${n}@example.com`, password: 'correct horse', fullName: 'Ada Lovelace' };
};

const queuedFor = (email: string) =>
  outboxRepository.all(openDatabase({ url: database.url }), { where: { orderingKey: email } });

describe('POST /v1/users', () => {
  it('creates a user and shows it without its hash', async () => {
    const input = someone();
    const response = await app.post('/v1/users', input);
    expect(response.status).toBe(201);
    const user = (await response.json()) as Record<string, unknown>;
    expect(response.headers.get('Location')).toBe(`/v1/users/${user.id}`);
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      username: input.username,
      email: input.email,
      emailVerifiedAt: null,
      fullName: 'Ada Lovelace',
      isActive: true,
      isSuperuser: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updatedAt: user.createdAt,
      version: 1,
    });
  });

  it.each([
    ['email', 'email_taken', 'Email already registered'],
    ['username', 'username_taken', 'Username already taken'],
  ] as const)('refuses a %s that is taken, whatever its case', async (field, code, title) => {
    const first = someone();
    await app.post('/v1/users', first);
    const response = await app.post('/v1/users', { ...someone(), [field]: first[field].toUpperCase() });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code, title, detail: title, status: 400 });
  });

  it('names the email where both are taken, as the reference does', async () => {
    const first = someone();
    await app.post('/v1/users', first);
    expect(await (await app.post('/v1/users', first)).json()).toMatchObject({ code: 'email_taken' });
  });

  it('lets exactly one of many at once have a name', async () => {
    const input = someone();
    const answers = await Promise.all(Array.from({ length: 8 }, () => app.post('/v1/users', input)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400, 400, 400, 400]);
    const rows = await outboxRepository.all(openDatabase({ url: database.url }), { limit: 1000 });
    const forThis = rows.filter(({ payload }) => (payload as { email: string }).email === input.email);
    expect(forThis, 'the losers enqueue nothing').toHaveLength(1);
  });

  it('lists every path that is wrong at once', async () => {
    const response = await app.post('/v1/users', {
      username: 'a',
      email: 'nobody',
      password: 'short',
      isSuperuser: true,
    });
    expect(response.status).toBe(422);
    const problem = (await response.json()) as { errors: { path: string }[] };
    expect(problem.errors.map(({ path }) => path).sort()).toEqual([
      'body',
      'body.email',
      'body.password',
      'body.username',
    ]);
  });

  it.each([
    ['NUL', 'pass\0word'],
    ['a lone surrogate', 'password\ud800'],
    ['more than 72 bytes', 'é'.repeat(37)],
  ])('refuses a password with %s', async (_, password) => {
    const response = await app.post('/v1/users', { ...someone(), password });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'body.password' }] });
  });

  it('takes a password of exactly 72 bytes', async () => {
    expect((await app.post('/v1/users', { ...someone(), password: 'é'.repeat(36) })).status).toBe(201);
  });
});

describe('GET /v1/users/{id}', () => {
  it('shows a user to themselves, as `me` does', async () => {
    const { user, headers } = await signIn(database);
    const read = await app.get(`/v1/users/${user.id}`, headers);
    expect(read.status).toBe(200);
    expect(await read.json()).toMatchObject({ id: user.id, email: user.email });
    expect(await (await app.get('/v1/users/me', headers)).json()).toMatchObject({ id: user.id });
  });

  it('answers 404 for an id that nobody has', async () => {
    const { headers } = await signIn(database, { isSuperuser: true });
    const response = await app.get('/v1/users/0190163d-8694-739b-aea5-966c26f8ad90', headers);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  it('answers 422 for what is no UUID', async () => {
    const { headers } = await signIn(database);
    const response = await app.get('/v1/users/1', headers);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'param.id' }] });
  });
});

describe('round trips on the wire', () => {
  beforeEach(() => resetWireStats(database));

  it('registers and then sends the welcome mail in 4: claim, send to the inbox, mark', async () => {
    const input = someone();
    await app.post('/v1/users', input);
    expect(await queuedFor(input.email)).toMatchObject([{ attempts: 1, doneAt: expect.any(Date) }]);
    // One of them is this test's own.
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 5 }, websocket: { connections: 0 } });
  });

  it('registers in 1, the welcome mail with it, also where nothing can send it yet', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const input = someone();
    const response = await testApp(database, { ENVIRONMENT: 'production' }).post('/v1/users', input);
    const { id } = (await response.json()) as { id: string };
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 1 }, websocket: { connections: 0 } });
    expect(log.mock.calls.flat().join()).toMatch(
      /"outbox_drain_failed","code":"configuration","message":"EMAIL_PROVIDER/,
    );
    expect(await queuedFor(input.email)).toMatchObject([{ topic: 'user.created', attempts: 0, payload: { id } }]);
  });

  it.each([
    ['/v1/users/me', 1],
    ['/v1/users/:id', 2],
  ])('reads %s in %i', async (path, roundTrips) => {
    const { user, headers } = await signIn(database);
    await resetWireStats(database);
    expect((await app.get(path.replace(':id', user.id), headers)).status).toBe(200);
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips }, websocket: { connections: 0 } });
  });

  it('refuses invalid input in 0', async () => {
    await app.post('/v1/users', {});
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 0 }, websocket: { connections: 0 } });
  });
});
