import { neon } from '@neondatabase/serverless';
import { describe, expect, test } from 'vitest';
import { post, useHarness } from './harness.ts';

const harness = useHarness();
const MIB = 1024 * 1024;
const origin = () => `http://${new URL(harness.url).host}`;

describe('a request', () => {
  test('of 10 MiB is taken', async () => {
    const frame = JSON.stringify({ query: 'select length($1) as n', params: [''] }).length;
    const answer = await post(harness.url, { query: 'select length($1) as n', params: ['x'.repeat(10 * MIB - frame)] });
    expect(answer.body.rows).toEqual([{ n: 10 * MIB - frame }]);
  });

  test('of one byte more is a 413', async () => {
    const frame = JSON.stringify({ query: 'select 1', params: [''] }).length;
    expect(await post(harness.url, { query: 'select 1', params: ['x'.repeat(10 * MIB - frame + 1)] })).toMatchObject({
      status: 413,
      body: { message: 'request is too large (max is 10485760 bytes)', code: '', severity: '' },
    });
  });

  test('that is too large is a message without a code, to the driver', async () => {
    const error = await neon(harness.url)`select ${'x'.repeat(11 * MIB)}`.catch((thrown) => thrown);
    expect(error.message).toMatch(/^Server error \(HTTP status 413\)/);
    expect(error.code).toBeUndefined();
  });
});

describe('a response', () => {
  test('above 10 MiB is a 507', async () => {
    expect(await post(harness.url, { query: `select repeat('x', 1000000) from generate_series(1, 12)` })).toMatchObject(
      {
        status: 507,
        body: { message: 'response is too large (max is 10485760 bytes)', code: '', severity: '' },
      },
    );
  });

  test('counts as JSON: what only quotes and names make too large is a 507 too', async () => {
    const query = 'select 1 as a_rather_long_name_for_a_number from generate_series(1, 300000)';
    expect((await post(harness.url, { query })).status).toBe(507);
    expect((await post(harness.url, { query, arrayMode: true })).status).toBe(200);
  });

  test('may pass the limit with its last row: the check comes before each row', async () => {
    const query = `select repeat('x', 6000000) as v from generate_series(1, 2)`;
    expect((await post(harness.url, { query })).status).toBe(200);
  });

  test('of a batch counts as a whole, and undoes the batch', async () => {
    await harness.admin.query('create table heavy (n int)');
    const query = `select repeat('x', 6000000) from generate_series(1, 1)`;
    const queries = [{ query: 'insert into heavy values (1)' }, { query }, { query }, { query: 'select 1' }];
    expect((await post(harness.url, { queries })).status).toBe(507);
    await expect.poll(async () => (await harness.admin.query('select * from heavy')).rows).toEqual([]);
    expect((await post(harness.url, { queries: queries.slice(0, 2) })).status).toBe(200);
  });

  test('without an end is broken off', async () => {
    expect((await post(harness.url, { query: `select generate_series(1, 1e12::int8)` })).status).toBe(507);
    expect((await post(harness.url, { query: 'select 1 as v' })).body.rows).toEqual([{ v: 1 }]);
  });
});

describe('CORS', () => {
  test('a preflight is answered', async () => {
    const response = await fetch(`${origin()}/sql`, { method: 'OPTIONS' });
    expect(response.status).toBe(200);
    expect(response.headers.get('allow')).toBe('OPTIONS, POST');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-max-age')).toBe('86400');
    const allowed = response.headers.get('access-control-allow-headers') ?? '';
    for (const name of ['Neon-Connection-String', 'Neon-Raw-Text-Output', 'Neon-Array-Mode', 'Authorization']) {
      expect(allowed).toContain(name);
    }
  });

  test('results and errors may be read by any origin, and have an id', async () => {
    for (const query of ['select 1', 'select x']) {
      const { headers } = await post(harness.url, { query });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('neon-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

test.each([
  ['GET', '/sql'],
  ['POST', '/'],
  ['PUT', '/sql'],
])('%s %s is not supported', async (method, path) => {
  const response = await fetch(`${origin()}${path}`, { method });
  expect(response.status).toBe(400);
  expect(await response.json()).toBe('query is not supported');
});
