import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { testApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let app: ReturnType<typeof testApp>;

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
});

async function problemOf(response: Response) {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem).toMatchObject({ status: response.status, requestId: response.headers.get('X-Request-Id') });
  return problem;
}

const json = { 'Content-Type': 'application/json' };

describe('every error is problem+json', () => {
  it('404 for an unknown path', async () => {
    const response = await app.get('/nowhere');
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({
      type: 'urn:kura:error:not_found',
      code: 'not_found',
      instance: '/nowhere',
    });
  });

  it.each([
    ['DELETE', '/v1/users', 'GET, HEAD, POST'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['PUT', '/v1/users/1', 'DELETE, GET, HEAD, PATCH'],
  ])('405 with Allow for %s %s', async (method, path, allow) => {
    const response = await app.request(path, { method, headers: json });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe(allow);
    expect(await problemOf(response)).toMatchObject({ code: 'method_not_allowed' });
  });

  it('400 for malformed JSON', async () => {
    const response = await app.post('/v1/users', '{"username": ');
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: 'malformed_json', detail: 'The body is not valid JSON' });
  });

  it('v5.0.0-3.5.2: 415 for a body that is not JSON, as a page of another site can send it without a preflight', async () => {
    const response = await app.request('/v1/users', { method: 'POST', body: 'username=ada' });
    expect(response.status).toBe(415);
    expect(await problemOf(response)).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('v5.0.0-3.5.2: takes a form on the one path that asks for it, and nothing else there', async () => {
    const post = async (path: string, type: string) =>
      (await app.request(path, { method: 'POST', headers: { 'Content-Type': type }, body: '{}' })).status;
    const form = 'application/x-www-form-urlencoded; charset=utf-8';
    expect(await post('/v1/sessions/token', form)).not.toBe(415);
    expect(await post('/v1/sessions/token', 'application/json')).toBe(415);
    expect(await post('/v1/users', form)).toBe(415);
    expect(await post('/v1/sessions/token/', form)).toBe(415);
  });

  it('413 for a body over 64 KiB, whether its length is told or not', async () => {
    const large = JSON.stringify({ username: 'a'.repeat(65 * 1024) });
    const told = await app.request('/v1/users', {
      method: 'POST',
      headers: { ...json, 'Content-Length': String(large.length) },
      body: large,
    });
    const chunked = await app.request('/v1/users', {
      method: 'POST',
      headers: json,
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit);
    for (const response of [told, chunked]) {
      expect(response.status).toBe(413);
      expect(await problemOf(response)).toMatchObject({ code: 'payload_too_large' });
    }
  });

  it('503 with Retry-After for a database that cannot be reached, without a word of the driver', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue();
    const dead = testApp({ ...database, url: inject('deadNeon').replace(':kura@', ':s3cret@') });
    const response = await dead.get('/v1/users/me', { Authorization: 'Bearer kura_x' });
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('1');
    const problem = await problemOf(response);
    expect(problem.code).toBe('unavailable');
    const shown = JSON.stringify([problem, errors.mock.calls]);
    expect(shown).not.toMatch(/s3cret|select|127\.0\.0\.1/i);
    errors.mockRestore();
  });

  it('500 that names a missing variable, and no value', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue();
    const unset = testApp({ ...database, url: 'mysql://root:s3cret@host/db' });
    const response = await unset.get('/health/live');
    expect(response.status).toBe(500);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ code: 'configuration', detail: expect.stringContaining('DATABASE_URL') });
    expect(JSON.stringify([problem, errors.mock.calls])).not.toContain('s3cret');
    errors.mockRestore();
  });
});

describe('X-Request-Id', () => {
  it('is made when the caller sends none', async () => {
    expect((await app.get('/health/live')).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is kept when the caller sends one', async () => {
    const response = await app.get('/nowhere', { 'X-Request-Id': 'trace-1' });
    expect(response.headers.get('X-Request-Id')).toBe('trace-1');
    expect(await problemOf(response)).toMatchObject({ requestId: 'trace-1' });
  });
});
