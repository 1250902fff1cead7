import { Hono } from 'hono';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { AppEnv } from '../../src/http/context.ts';
import { requestLog } from '../../src/http/request-log.ts';
import { trace } from '../../src/http/trace.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { signIn } from '../support/sign-in.ts';

let database: TestDatabase;
let app: ReturnType<typeof testApp>;
let written: { level: string; line: string }[];

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
});
beforeEach(() => {
  written = [];
  for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void written.push({ level, line }));
  }
});
afterEach(() => vi.restoreAllMocks());

/** The line of the one request there was; it must have gone out at the level that it names. */
function theLine(): Record<string, unknown> {
  const lines = written.filter(({ line }) => line.includes('"event":"request"'));
  expect(lines).toHaveLength(1);
  const { level, line } = lines[0] ?? { level: '', line: '{}' };
  expect(JSON.parse(line).level).toBe(level);
  return JSON.parse(line);
}

const json = { 'Content-Type': 'application/json' };
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

it('v5.0.0-16.2.1, 16.2.2, 16.2.4: says when, who, what, where, and what it cost', async () => {
  const { user, headers } = await signIn(database);
  await resetWireStats(database);
  const response = await app.get(`/v1/users/${user.id}`, { ...headers, 'X-Request-Id': 'mine', traceparent });
  const line = theLine();
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    event: 'request',
    requestId: 'mine',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: response.headers.get('traceresponse')?.split('-')[2],
    parentSpanId: '00f067aa0ba902b7',
    method: 'GET',
    route: '/v1/users/:id',
    status: 200,
    ms: expect.any(Number),
    roundTrips: (await wireStats(database)).http.roundTrips,
    databaseMs: expect.any(Number),
    actorId: user.id,
  });
  expect(line.roundTrips).toBeGreaterThan(0);
  expect(line.databaseMs).toBeLessThanOrEqual(line.ms as number);
});

describe('one line for each request, its level by its status', () => {
  const dead = () => testApp({ ...database, url: inject('deadNeon') });
  const cases: [what: string, expected: object, ask: () => Response | Promise<Response>][] = [
    [
      'a success',
      { level: 'info', status: 200, route: '/health/ready', roundTrips: 1 },
      () => app.get('/health/ready'),
    ],
    ['HEAD', { level: 'info', status: 200, method: 'HEAD' }, () => app.request('/health/live', { method: 'HEAD' })],
    ['an unknown path', { level: 'warn', status: 404, route: null, roundTrips: 0 }, () => app.get('/v1/nowhere')],
    [
      'another method',
      { level: 'warn', status: 405, route: null },
      () => app.request('/v1/users', { method: 'PUT', headers: json }),
    ],
    [
      'another type',
      { level: 'warn', status: 415, route: '/v1/users', code: 'unsupported_media_type' },
      () => app.request('/v1/users', { method: 'POST', body: 'a' }),
    ],
    [
      'a large body',
      { level: 'warn', status: 413, code: 'payload_too_large' },
      () => app.post('/v1/users', 'a'.repeat(70_000)),
    ],
    ['malformed JSON', { level: 'warn', status: 400, code: 'malformed_json' }, () => app.post('/v1/users', '{')],
    ['invalid input', { level: 'warn', status: 422, code: 'invalid_input' }, () => app.post('/v1/users', {})],
    [
      'a database that is away',
      { level: 'error', status: 503, code: 'unavailable' },
      () => dead().get('/v1/users/me', { Authorization: 'Bearer kura_x' }),
    ],
    [
      'no configuration',
      {
        level: 'error',
        status: 500,
        code: 'configuration',
        message: expect.stringMatching(/^DATABASE_URL/),
        roundTrips: 0,
      },
      () => testApp({ ...database, url: 'x' }).get('/health/live'),
    ],
    [
      'an aborted request',
      { status: 200, aborted: true },
      () => app.request('/health/live', { signal: AbortSignal.abort() }),
    ],
  ];

  it.each(cases)('%s', async (_, expected, ask) => {
    await ask();
    expect(theLine()).toMatchObject(expected);
  });

  it('a preflight', async () => {
    const Origin = 'https://app.example.com';
    const open = testApp(database, { CORS_ORIGINS: Origin });
    await open.request('/v1/users', {
      method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Method': 'POST' },
    });
    expect(theLine()).toMatchObject({ level: 'info', method: 'OPTIONS', route: null, status: 204, roundTrips: 0 });
  });

  it('v5.0.0-16.3.4: an error that nobody foresaw, by its class and place', async () => {
    const broken = small().get('/', () => {
      throw new TypeError('s3cret');
    });
    await broken.request('/');
    expect(theLine()).toMatchObject({
      level: 'error',
      status: 500,
      code: 'internal',
      error: 'TypeError',
      at: expect.stringMatching(/^at /),
    });
    expect(JSON.stringify(written)).not.toContain('s3cret');
  });

  it('something thrown that is no error', async () => {
    const broken = small().get('/', () => Promise.reject('s3cret'));
    await Promise.resolve(broken.request('/')).catch(() => {});
    expect(theLine()).toMatchObject({ level: 'error', status: 500 });
    expect(JSON.stringify(written)).not.toContain('s3cret');
  });
});

const small = () => {
  const app = new Hono<AppEnv>().use(trace(), requestLog());
  app.onError((_, c) => c.body(null, 500));
  return app;
};

it('names the route that answered, of several that match', async () => {
  await small()
    .get('/users/me', (c) => c.text('me'))
    .get('/users/:id', (c) => c.text('one'))
    .request('/users/me');
  expect(theLine()).toMatchObject({ route: '/users/me' });
});

it('v5.0.0-16.2.5: holds no secret', async () => {
  const secrets = {
    Authorization: 'Bearer s3cret',
    Cookie: '__Host-session=s3cret',
    traceparent: 's3cret',
    tracestate: 'a=s3cret',
  };
  await app.get('/v1/users/s3cret?token=s3cret', secrets);
  await app.get('/s3cret?token=s3cret', secrets);
  await app.post('/v1/users', { username: 's3cret', email: 's3cret', password: 's3cret' }, secrets);
  await app.post('/v1/users', '"s3cret', secrets);
  expect(written).toHaveLength(4);
  expect(JSON.stringify(written)).not.toContain('s3cret');
});

describe('v5.0.0-16.4.1: a client cannot write into the log', () => {
  it.each([
    ['a line of its own', 'a {"level":"error"}'],
    ['quotes', 'a"b'],
    ['markup', '<script>'],
    ['a long one', 'a'.repeat(256)],
    ['an empty one', ''],
  ])('by X-Request-Id: %s', async (_, given) => {
    const response = await app.get('/health/live', { 'X-Request-Id': given });
    const { requestId } = theLine();
    expect(requestId).toMatch(/^[\da-f-]{36}$/);
    expect(response.headers.get('X-Request-Id')).toBe(requestId);
  });
});

describe('Server-Timing', () => {
  it('says in DEBUG what the database has cost', async () => {
    const { headers } = await testApp(database, { DEBUG: 'true' }).get('/health/ready');
    const { ms, databaseMs } = theLine();
    expect(headers.get('Server-Timing')).toBe(`db;dur=${databaseMs};desc="1 round trips", total;dur=${ms}`);
  });

  it('v5.0.0-13.4.2: is not for everybody', async () => {
    expect((await app.get('/health/ready')).headers.has('Server-Timing')).toBe(false);
  });
});
