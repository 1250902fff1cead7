import { neon } from '@neondatabase/serverless';
import { describe, expect, test } from 'vitest';
import { post, useHarness } from './harness.ts';

const harness = useHarness();

const ASK = `select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as "readOnly",
  current_setting('transaction_deferrable') as "deferrable"`;

test('runs in one transaction and answers each query', async () => {
  const sql = neon(harness.url);
  const [first, second] = await sql.transaction([
    sql`select pg_current_xact_id()::text as id, 1 as n`,
    sql`select pg_current_xact_id()::text as id, ${2}::int as n`,
  ]);
  expect([first?.[0]?.n, second?.[0]?.n]).toEqual([1, 2]);
  expect(first?.[0]?.id).toBe(second?.[0]?.id);
});

test('array mode is each query’s own', async () => {
  const query = 'select 1 as a';
  const { body } = await post(harness.url, { queries: [{ query, arrayMode: true }, { query }] });
  expect(body.results).toMatchObject([
    { rowAsArray: true, rows: [[1]] },
    { rowAsArray: false, rows: [{ a: 1 }] },
  ]);
});

test('an empty batch is answered', async () => {
  expect(await post(harness.url, { queries: [] })).toMatchObject({ status: 200, body: { results: [] } });
});

test('an error rolls all of it back, and is the only answer', async () => {
  await harness.admin.query('create table kept (n int primary key)');
  const queries = [
    { query: 'insert into kept values (1)' },
    { query: 'insert into kept values (1)' },
    { query: 'insert into kept values (2)' },
  ];
  const { status, body, headers } = await post(
    harness.url,
    { queries },
    { 'Neon-Batch-Isolation-Level': 'Serializable' },
  );
  expect({ status, body }).toMatchObject({ status: 400, body: { code: '23505', table: 'kept' } });
  expect(headers.get('neon-batch-isolation-level')).toBeNull();
  expect((await harness.admin.query('select * from kept')).rows).toEqual([]);
});

test('an error at COMMIT is an error of the batch', async () => {
  await harness.admin.query('create table late (n int unique deferrable initially deferred)');
  const query = 'insert into late values (1)';
  expect(await post(harness.url, { queries: [{ query }, { query }] })).toMatchObject({
    status: 400,
    body: { code: '23505' },
  });
  expect((await harness.admin.query('select * from late')).rows).toEqual([]);
});

test('a failed batch leaves nothing behind on its connection', async () => {
  const broken = { queries: [{ query: 'select pg_backend_pid() as pid' }, { query: 'select 1/0' }] };
  expect((await post(harness.url, broken)).body.code).toBe('22012');
  expect((await post(harness.url, { query: 'select 1 as one' })).body.rows).toEqual([{ one: 1 }]);
});

describe('the transaction', () => {
  const defaults = { level: 'read committed', readOnly: 'off', deferrable: 'off' };

  test.each<[Record<string, string>, Record<string, string>]>([
    [{}, {}],
    [{ 'neon-batch-isolation-level': 'ReadUncommitted' }, { level: 'read uncommitted' }],
    [{ 'neon-batch-isolation-level': 'ReadCommitted' }, { level: 'read committed' }],
    [{ 'neon-batch-isolation-level': 'RepeatableRead' }, { level: 'repeatable read' }],
    [{ 'neon-batch-isolation-level': 'Serializable' }, { level: 'serializable' }],
    [{ 'neon-batch-read-only': 'true' }, { readOnly: 'on' }],
    [{ 'neon-batch-deferrable': 'true' }, { deferrable: 'on' }],
    [
      { 'neon-batch-isolation-level': 'Serializable', 'neon-batch-read-only': 'true', 'neon-batch-deferrable': 'true' },
      { level: 'serializable', readOnly: 'on', deferrable: 'on' },
    ],
  ])('with %j is as asked, and the answer repeats the headers', async (headers, expected) => {
    const answer = await post(harness.url, { queries: [{ query: ASK }] }, headers);
    expect(answer.body.results[0].rows).toEqual([{ ...defaults, ...expected }]);
    for (const name of ['neon-batch-isolation-level', 'neon-batch-read-only', 'neon-batch-deferrable']) {
      expect(answer.headers.get(name)).toBe(headers[name] ?? null);
    }
  });

  test.each(['True', '1', 'yes', 'false', ''])('is neither read-only nor deferrable for %j', async (value) => {
    const headers = { 'neon-batch-read-only': value, 'neon-batch-deferrable': value };
    const answer = await post(harness.url, { queries: [{ query: ASK }] }, headers);
    expect(answer.body.results[0].rows).toEqual([defaults]);
    expect(answer.headers.get('neon-batch-read-only')).toBeNull();
  });

  test.each(['serializable', 'SERIALIZABLE', 'Snapshot', ''])('has no level %j', async (level) => {
    const headers = { 'Neon-Batch-Isolation-Level': level };
    const answer = await post(harness.url, { queries: [{ query: ASK }] }, headers);
    expect(answer).toMatchObject({ status: 400, body: { message: 'invalid isolation level', code: '' } });
  });

  test('takes the default of the role when no level is sent', async () => {
    await harness.admin.query('create role strict login password $$strict$$');
    await harness.admin.query(`alter role strict set default_transaction_isolation = 'serializable'`);
    const url = new URL(harness.url);
    [url.username, url.password] = ['strict', 'strict'];
    const answer = await post(url.href, { queries: [{ query: ASK }] });
    await harness.admin.query('drop role strict');
    expect(answer.body.results[0].rows).toMatchObject([{ level: 'serializable' }]);
  });

  test('of the driver refuses to write when it is read-only', async () => {
    const sql = neon(harness.url);
    await expect(
      sql.transaction([sql`create table never (n int)`], { readOnly: true, isolationLevel: 'RepeatableRead' }),
    ).rejects.toMatchObject({ code: '25006' });
  });
});

test('a single query has no transaction of these headers and does not repeat them', async () => {
  const answer = await post(harness.url, { query: ASK }, { 'neon-batch-read-only': 'true' });
  expect(answer.body.rows).toMatchObject([{ readOnly: 'off' }]);
  expect(answer.headers.get('neon-batch-read-only')).toBeNull();
});
