import { neon } from '@neondatabase/serverless';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { startNeonProxy } from '../../../src/dev/neon-proxy.ts';
import { backends, ownError, post, rawQuery, through, useHarness } from './harness.ts';

const harness = useHarness();

describe('an error of Postgres', () => {
  test('has every key, and is a 400', async () => {
    await harness.admin.query('create table unique_things (id int constraint unique_things_pk primary key)');
    await harness.admin.query('insert into unique_things values (1)');
    const { status, body } = await post(harness.url, { query: 'insert into unique_things values (1)' });
    expect(status).toBe(400);
    expect(body).toEqual({
      ...ownError('duplicate key value violates unique constraint "unique_things_pk"'),
      code: '23505',
      severity: 'ERROR',
      detail: 'Key (id)=(1) already exists.',
      schema: 'public',
      table: 'unique_things',
      constraint: 'unique_things_pk',
      file: 'nbtinsert.c',
      line: expect.stringMatching(/^\d+$/),
      routine: '_bt_check_unique',
    });
  });

  test('has its position as text, and fills the fields of NeonDbError', async () => {
    const error = await rawQuery(harness.url, 'select nothing').catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'NeonDbError', code: '42703', position: '8', severity: 'ERROR' });
  });

  test('tells where it was inside a function', async () => {
    await harness.admin.query(
      `create function broken() returns int language plpgsql as $$ begin return (select nope); end $$`,
    );
    const { body } = await post(harness.url, { query: 'select broken()' });
    expect(body).toMatchObject({
      code: '42703',
      position: null,
      internalPosition: '9',
      internalQuery: '(select nope)',
      where: 'PL/pgSQL function broken() line 1 at RETURN',
    });
  });

  test('names column, data type and hint where there are any', async () => {
    await harness.admin.query('create domain small as int constraint is_small check (value < 10)');
    await harness.admin.query('create table needy (id int not null)');
    expect((await post(harness.url, { query: 'insert into needy values (null)' })).body).toMatchObject({
      column: 'id',
    });
    expect((await post(harness.url, { query: 'select 11::small' })).body).toMatchObject({ dataType: 'small' });
    expect((await post(harness.url, { query: `select round('x'::text)` })).body).toMatchObject({
      hint: expect.stringContaining('explicit type casts'),
    });
  });
});

test.each([
  ['no JSON', 'select 1'],
  ['empty', ''],
  ['an array', []],
  ['without a query', { params: [] }],
  ['with a query that is no text', { query: 1 }],
  ['with parameters that are no array', { query: 'select 1', params: null }],
  ['with an array mode that is no boolean', { query: 'select 1', arrayMode: 'yes' }],
  ['a batch that is no array', { queries: { query: 'select 1' } }],
  ['a batch with one that is no query', { queries: [{ query: 'select 1' }, {}] }],
])('a body that is %s is a 400 with a message', async (_, body) => {
  const answer = await post(harness.url, body);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual(ownError(expect.stringMatching(/^could not parse the HTTP request body: ./)));
});

test.each([
  ['a query with a zero byte', { query: 'select 1 \0' }, /embedded null/],
  [
    'more parameters than a message holds',
    { query: 'select 1', params: Array(65_536).fill(1) },
    /too large to transmit/,
  ],
  ['COPY', { query: 'copy (select 1) to stdout' }, /^unexpected message from server$/],
  ['COPY in', { query: 'copy pg_class from stdin' }, /^unexpected message from server$/],
])('%s is a 400 of the proxy, and the next request works', async (_, body, message) => {
  const answer = await post(harness.url, body);
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: 400,
    body: ownError(expect.stringMatching(message)),
  });
  expect((await post(harness.url, { query: 'select 1 as v' })).body.rows).toEqual([{ v: 1 }]);
});

test('a Postgres that is not there is a 500, which the driver turns into a message without a code', async () => {
  const dead = await startNeonProxy({ postgres: 'postgres://127.0.0.1:1/x' });
  try {
    const url = through(dead, harness.directUrl);
    expect(await post(url, { query: 'select 1' })).toMatchObject({
      status: 500,
      body: ownError("Couldn't connect to compute node"),
    });
    const error = await neon(url)`select 1`.catch((thrown) => thrown);
    expect(error.message).toMatch(/^Server error \(HTTP status 500\): /);
    expect(error.code).toBeUndefined();
  } finally {
    await dead.close();
  }
});

test('a backend that is terminated in the middle is a 400 of Postgres', async () => {
  const { body } = await post(harness.url, { query: 'select pg_terminate_backend(pg_backend_pid())' });
  expect(body).toMatchObject({ code: '57P01', severity: 'FATAL' });
});

test('a backend that is terminated while idle costs nobody anything', async () => {
  const pid = async () => (await post(harness.url, { query: 'select pg_backend_pid() as pid' })).body.rows[0].pid;
  const first = await pid();
  await vi.waitFor(async () => {
    const [backend] = (await backends(harness)).filter((one) => one.pid === first);
    expect(backend).toMatchObject({ state: 'idle', query: expect.stringContaining('DISCARD SEQUENCES') });
  });
  await harness.admin.query('select pg_terminate_backend($1, 5000)', [first]);
  expect(await pid()).not.toBe(first);
});

test('plain pg is told of a dead Postgres by a closed connection', async () => {
  const dead = await startNeonProxy({ postgres: 'postgres://127.0.0.1:1/x' });
  const client = new pg.Client(through(dead, harness.directUrl));
  await expect(client.connect()).rejects.toThrow();
  await dead.close();
});
