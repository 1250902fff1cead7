import { neon } from '@neondatabase/serverless';
import { beforeEach, expect, test, vi } from 'vitest';
import { backends, post, useHarness } from './harness.ts';

const harness = useHarness();

const run = (query: string) => post(harness.url, { query });
const value = async (query: string) => Object.values((await run(query)).body.rows[0])[0];

async function settled(): Promise<void> {
  await vi.waitFor(async () => expect((await backends(harness)).filter(({ state }) => state !== 'idle')).toEqual([]));
}

beforeEach(settled);

test('one request after another runs on the same connection', async () => {
  const first = await value('select pg_backend_pid()');
  expect(await value('select pg_backend_pid()')).toBe(first);
});

test('requests at the same time run on connections of their own', async () => {
  const pids = await Promise.all(Array.from({ length: 3 }, () => value('select pg_backend_pid() from pg_sleep(0.05)')));
  expect(new Set(pids).size).toBe(3);
});

test.each([
  ['a setting', `set work_mem = '12MB'`, `select current_setting('work_mem')`],
  ['a role', 'set role pg_monitor', 'select current_user::text'],
  ['a session user', 'set session authorization pg_monitor', 'select session_user::text'],
  ['a temporary table', 'create temporary table scratch (n int)', `select to_regclass('pg_temp.scratch')`],
  ['a prepared statement', 'prepare later as select 1', 'select count(*)::int from pg_prepared_statements'],
  // The connection's own locks: a migration of another file holds one at times, and pg_locks shows those of all databases.
  [
    'an advisory lock',
    'select pg_advisory_lock(1)',
    `select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`,
  ],
  ['a subscription', 'listen news', 'select count(*)::int from pg_listening_channels()'],
  ['a cursor', 'declare c cursor with hold for select 1', 'select count(*)::int from pg_cursors'],
  ['an open transaction', 'begin', 'select now() = statement_timestamp()'],
])('%s does not outlive its request', async (_, leave, look) => {
  await run('select 1'); // the connection that both of the next run on
  const before = await value(look);
  const pid = await value('select pg_backend_pid()');
  expect((await run(leave)).status).toBe(200);
  expect(await value(look)).toEqual(before);
  expect(await value('select pg_backend_pid()')).toBe(pid);
});

test('a sequence’s last value does not outlive its request', async () => {
  await harness.admin.query('create sequence counting');
  await run(`select nextval('counting')`);
  expect((await run('select lastval()')).body.code).toBe('55000');
});

test('what an open transaction did is undone', async () => {
  await harness.admin.query('create table undone (n int)');
  await run('begin');
  await Promise.all([run('begin'), run('insert into undone values (1)')]);
  expect(await value('select count(*)::int from undone')).toBe(1);
});

test('a request whose client leaves is cancelled in Postgres too', async () => {
  const controller = new AbortController();
  const slow = neon(harness.url, { fetchOptions: { signal: controller.signal } }).query('select pg_sleep(60)');
  const failed = expect(slow).rejects.toThrow('Error connecting to database');
  await vi.waitFor(async () =>
    expect((await backends(harness)).map(({ query }) => query)).toContain('select pg_sleep(60)'),
  );
  controller.abort();
  await failed;
  await vi.waitFor(async () => {
    expect((await backends(harness)).filter(({ query }) => query.includes('pg_sleep(60)'))).toEqual([]);
  });
  expect(await value('select 1')).toBe(1);
});

test('a batch whose client leaves is rolled back', async () => {
  await harness.admin.query('create table left_over (n int)');
  const controller = new AbortController();
  const sql = neon(harness.url, { fetchOptions: { signal: controller.signal } });
  const failed = expect(
    sql.transaction([sql`insert into left_over values (1)`, sql`select pg_sleep(59)`]),
  ).rejects.toThrow();
  await vi.waitFor(async () =>
    expect((await backends(harness)).map(({ query }) => query)).toContain('select pg_sleep(59)'),
  );
  controller.abort();
  await failed;
  await vi.waitFor(async () => {
    expect((await backends(harness)).filter(({ query }) => query.includes('pg_sleep(59)'))).toEqual([]);
  });
  expect(await value('select count(*)::int from left_over')).toBe(0);
});

test('more requests at a time than there are connections wait for their turn', async () => {
  const answers = await Promise.all(Array.from({ length: 120 }, (_, at) => value(`select ${at} from pg_sleep(0.01)`)));
  expect(answers).toEqual(Array.from({ length: 120 }, (_, at) => at));
});

test('idle connections are closed after a while', async () => {
  await run('select 1');
  expect((await backends(harness)).length).toBeGreaterThan(0);
  await vi.waitFor(async () => expect(await backends(harness)).toEqual([]), { timeout: 20_000, interval: 200 });
});
