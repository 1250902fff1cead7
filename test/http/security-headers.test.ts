import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AppEnv } from '../../src/http/context.ts';
import { securityHeaders } from '../../src/http/security-headers.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let app: ReturnType<typeof testApp>;

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database, { CORS_ORIGINS: 'https://app.example.com' });
});

const json = { 'Content-Type': 'application/json' };
const ada = JSON.stringify({ username: 'ada', email: 'ada@example.com', password: 'correct horse' });
const fromApp = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'POST' };

/** An answer of every kind. */
const answers: [what: string, status: number, path: string, init?: RequestInit][] = [
  ['a success', 201, '/v1/users', { method: 'POST', headers: json, body: ada }],
  ['a conflict', 400, '/v1/users', { method: 'POST', headers: json, body: ada }],
  ['invalid input', 422, '/v1/users', { method: 'POST', headers: json, body: '{}' }],
  ['malformed JSON', 400, '/v1/users', { method: 'POST', headers: json, body: '{' }],
  ['an unknown path', 404, '/nowhere'],
  ['an unknown path under /v1', 404, '/v1/nowhere'],
  ['a method that is not taken', 405, '/v1/users', { method: 'DELETE' }],
  ['a content type that is not taken', 415, '/v1/users', { method: 'POST', body: 'username=ada' }],
  ['a body that is too large', 413, '/v1/users', { method: 'POST', headers: json, body: 'a'.repeat(65 * 1024 + 1) }],
  ['HEAD', 200, '/health/live', { method: 'HEAD' }],
  ['a preflight', 204, '/v1/users', { method: 'OPTIONS', headers: fromApp }],
];

describe.each(answers)('on %s', (_, status, path, init = {}) => {
  it('v5.0.0-3.2.1, 3.4.3 to 3.4.6, 3.4.8, 3.5.8, 14.3.2: is data that is not run, framed, kept or taken', async () => {
    const { status: given, headers } = await app.request(path, init);
    expect(given).toBe(status);
    const policy = headers.get('Content-Security-Policy')?.split('; ');
    const parts = ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", 'sandbox'];
    expect(policy).toEqual(parts);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });
});

describe('v5.0.0-3.4.1: Strict-Transport-Security', () => {
  const mail = {
    EMAIL_PROVIDER: 'resend',
    RESEND_API_KEY: 'key',
    MAIL_FROM: 'a@b.example',
    PUBLIC_URL: 'https://kura.example',
  };
  const secret = { SECRET_KEY: 's'.repeat(32) };

  it.each([
    ['development', null],
    ['staging', 'max-age=31536000; includeSubDomains'],
    ['production', 'max-age=31536000; includeSubDomains'],
    ['moon', 'max-age=31536000; includeSubDomains'],
  ])('in %s: %s', async (ENVIRONMENT, value) => {
    const { headers } = await testApp(database, { ...mail, ...secret, ENVIRONMENT }).get('/health/live');
    expect(headers.get('Strict-Transport-Security')).toBe(value);
  });
});

it('leaves what a handler has set itself', async () => {
  const own = new Hono<AppEnv>()
    .use(securityHeaders())
    .get('/', (c) => c.html('', 200, { 'Content-Security-Policy': "default-src 'self'", 'Cache-Control': 'no-cache' }));
  const { headers } = await own.request('/');
  expect(headers.get('Content-Security-Policy')).toBe("default-src 'self'");
  expect(headers.get('Cache-Control')).toBe('no-cache');
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
});

it('v5.0.0-4.1.1: says of what type a body is', async () => {
  const types = await Promise.all(
    ['/health/live', '/nowhere', '/_dev/mail'].map(async (path) =>
      (await app.request(`http://localhost${path}`, {})).headers.get('Content-Type'),
    ),
  );
  expect(types).toEqual(['application/json', 'application/problem+json', 'text/html; charset=UTF-8']);
});
