import { neon } from '@neondatabase/serverless';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { startNeonProxy } from '../../../src/dev/neon-proxy.ts';
import { post, rawQuery, through, useHarness } from './harness.ts';

const harness = useHarness();

/** An error that is not Postgres's. */
function ownError(message: unknown) {
  return {
    message,
    code: '',
    detail: null,
    hint: null,
    position: null,
    internalPosition: null,
    internalQuery: null,
    severity: '',
    where: null,
    table: null,
    column: null,
    schema: null,
    dataType: null,
    constraint: null,
    file: null,
    line: null,
    routine: null,
  };
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(harness.url);
  change(url);
  return url.href;
}

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

describe('a connection string', () => {
  test.each([
    [
      'with a wrong password',
      (url: URL) => (url.password = 'wrong'),
      /^password authentication failed for user 'kura'$/,
    ],
    [
      'with an unknown user',
      (url: URL) => (url.username = 'nobody'),
      /^password authentication failed for user 'nobody'$/,
    ],
    ['without a user', (url: URL) => ([url.username, url.password] = ['', '']), /^missing username$/],
    [
      'without a password',
      (url: URL) => (url.password = ''),
      /^missing authentication credentials: required password$/,
    ],
  ])('%s is a 400 of the proxy', async (_, change, message) => {
    const { status, body } = await post(urlWith(change), { query: 'select 1' });
    expect({ status, body }).toEqual({ status: 400, body: ownError(expect.stringMatching(message)) });
  });

  test.each([
    ['nonsense', /^invalid connection string/],
    ['mysql://a:b@c/d', /^incorrect scheme$/],
    ['postgres://a:%zz@c/d', /^invalid connection string/],
  ])('that is %s is a 400 of the proxy', async (text, message) => {
    const { status, body } = await post(harness.url, { query: 'select 1' }, { 'Neon-Connection-String': text });
    expect({ status, body }).toEqual({ status: 400, body: ownError(expect.stringMatching(message)) });
  });

  test('that is missing is a 400 of the proxy', async () => {
    const response = await fetch(`http://${new URL(harness.url).host}/sql`, { method: 'POST', body: '{"query":""}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual(ownError('invalid header: neon-connection-string'));
  });

  test('of an unknown database is a 400 of Postgres', async () => {
    const { status, body } = await post(
      urlWith((url) => (url.pathname = '/nowhere')),
      { query: 'select 1' },
    );
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { message: 'database "nowhere" does not exist', code: '3D000', severity: 'FATAL' },
    });
  });

  test('with a bearer token asks for an authentication broker, which this is not', async () => {
    const { status, body } = await post(harness.url, { query: 'select 1' }, { Authorization: 'Bearer x' });
    expect({ status, body }).toEqual({ status: 400, body: ownError(expect.stringContaining('required password')) });
  });

  test('may have anything in its password and its name', async () => {
    await harness.admin.query(`drop role if exists "o'dd / one"`);
    await harness.admin.query(`create role "o'dd / one" login password 'p@ss:/?#[]%'`);
    const url = urlWith((odd) => {
      odd.username = encodeURIComponent("o'dd / one");
      odd.password = encodeURIComponent('p@ss:/?#[]%');
    });
    const { body } = await post(url, { query: 'select current_user as who' });
    await harness.admin.query(`drop role "o'dd / one"`);
    expect(body.rows).toEqual([{ who: "o'dd / one" }]);
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

test('a database that takes no more connections is a 500 with the fields of Postgres', async () => {
  await harness.admin.query('create role crowd login password $$crowd$$ connection limit 0');
  const url = urlWith((crowded) => ([crowded.username, crowded.password] = ['crowd', 'crowd']));
  const answer = await post(url, { query: 'select 1' });
  await harness.admin.query('drop role crowd');
  expect(answer).toMatchObject({ status: 500, body: { code: '53300', severity: 'FATAL' } });
});

test('a backend that is terminated in the middle is a 400 of Postgres', async () => {
  const { body } = await post(harness.url, { query: 'select pg_terminate_backend(pg_backend_pid())' });
  expect(body).toMatchObject({ code: '57P01', severity: 'FATAL' });
});

test('a backend that is terminated while idle costs nobody anything', async () => {
  const pid = async () => (await post(harness.url, { query: 'select pg_backend_pid() as pid' })).body.rows[0].pid;
  const first = await pid();
  await harness.admin.query('select pg_terminate_backend($1, 5000)', [first]);
  expect(await pid()).not.toBe(first);
});

test('a statement_timeout of the role is an error like any other', async () => {
  await harness.admin.query('create role hasty login password $$hasty$$');
  await harness.admin.query(`alter role hasty set statement_timeout = '20ms'`);
  const url = urlWith((hasty) => ([hasty.username, hasty.password] = ['hasty', 'hasty']));
  const { body } = await post(url, { query: 'select pg_sleep(10)' });
  await harness.admin.query('drop role hasty');
  expect(body).toMatchObject({ code: '57014' });
});

test('plain pg is told of a dead Postgres by a closed connection', async () => {
  const dead = await startNeonProxy({ postgres: 'postgres://127.0.0.1:1/x' });
  const client = new pg.Client(through(dead, harness.directUrl));
  await expect(client.connect()).rejects.toThrow();
  await dead.close();
});
