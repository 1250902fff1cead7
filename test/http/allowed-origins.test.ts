import { beforeAll, describe, expect, it } from 'vitest';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

const ORIGIN = 'https://app.example.com';
let database: TestDatabase;
let app: ReturnType<typeof testApp>;

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database, { CORS_ORIGINS: `${ORIGIN}, https://admin.example.com:8443` });
});

const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
const vary = ({ headers }: Response) => headers.get('Vary')?.split(/, ?/) ?? [];

function preflight(origin: string, path = '/v1/users', to = app): Promise<Response> {
  const headers = {
    Origin: origin,
    'Access-Control-Request-Method': 'PATCH',
    'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key,if-match',
  };
  return Promise.resolve(to.request(path, { method: 'OPTIONS', headers }));
}

describe('v5.0.0-3.4.2: an origin of the list', () => {
  it.each([ORIGIN, 'https://admin.example.com:8443'])(
    '%s: its preflight is answered, without the database',
    async (origin) => {
      await resetWireStats(database);
      const response = await preflight(origin);
      expect(response.status).toBe(204);
      expect(corsOf(response)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
        'access-control-allow-headers':
          'Authorization,Content-Type,Idempotency-Key,If-Match,If-None-Match,X-Request-Id,traceparent,tracestate',
        'access-control-expose-headers': expect.any(String),
        'access-control-max-age': '7200',
      });
      expect(vary(response)).toContain('Origin');
      expect((await wireStats(database)).http.requests).toBe(0);
    },
  );

  it.each([
    ['a success', 'GET', '/health/live', 200],
    ['an error', 'GET', '/v1/nowhere', 404],
    ['an error of the input', 'POST', '/v1/users', 422],
  ])('reads %s, and the headers that it needs', async (_, method, path, status) => {
    const response = await app.request(path, { method, headers: { Origin: ORIGIN } });
    expect(response.status).toBe(status);
    expect(corsOf(response)).toEqual({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers':
        'Allow,ETag,Idempotency-Replayed,Location,Retry-After,WWW-Authenticate,X-Request-Id',
    });
    expect(vary(response)).toContain('Origin');
  });
});

describe('v5.0.0-3.4.2, 3.5.2: any other origin', () => {
  it.each([
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'https://APP.example.com',
    'https://app.example.com/',
    'null',
    '*',
    '',
  ])('%j: gets no word of CORS', async (origin) => {
    const answer = await app.get('/health/live', { Origin: origin });
    expect(corsOf(answer)).toEqual({});
    expect(vary(answer)).toContain('Origin'); // or a cache would give it to an origin of the list
    const refused = await preflight(origin);
    expect([refused.status, corsOf(refused)]).toEqual([405, {}]);
  });
});

it('knows no CORS where no origin is listed', async () => {
  const closed = testApp(database);
  const answer = await closed.get('/health/live', { Origin: ORIGIN });
  expect([corsOf(answer), vary(answer)]).toEqual([{}, []]);
  expect((await preflight(ORIGIN, '/v1/users', closed)).status).toBe(405);
});
