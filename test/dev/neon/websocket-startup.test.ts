import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, neon } from '@neondatabase/serverless';
import { describe, expect, test, vi } from 'vitest';
import { startNeonProxy } from '../../../src/dev/neon-proxy.ts';
import { startPostgres } from '../../../src/dev/postgres.ts';
import { pointDriver, through, useHarness } from './harness.ts';
import { message, openSocket, startup } from './raw-session.ts';

const harness = useHarness();

async function show(setting: string, config: Record<string, unknown>): Promise<string> {
  const client = new Client({ connectionString: harness.url, ...config });
  await client.connect();
  try {
    return (await client.query(`select current_setting('${setting}') as v`)).rows[0].v;
  } finally {
    await client.end();
  }
}

async function failure(url: string): Promise<Record<string, unknown>> {
  const client = new Client(url);
  client.on('error', () => {});
  return client
    .connect()
    .then(() => client.query('select 1'))
    .then(
      () => ({}),
      (error) => error,
    );
}

describe('of the start-up parameters', () => {
  test.each([
    ['statement_timeout', { statement_timeout: 1234 }, '0'],
    ['lock_timeout', { lock_timeout: 1234 }, '0'],
    ['idle_in_transaction_session_timeout', { idle_in_transaction_session_timeout: 1234 }, '0'],
  ])('%s is dropped without a word', async (setting, config, expected) => {
    expect(await show(setting, config)).toBe(expected);
  });

  test('application_name is passed on', async () => {
    expect(await show('application_name', { application_name: 'kura' })).toBe('kura');
  });

  test('options are passed on, without what is for the proxy', async () => {
    const options = 'endpoint=ep-1 -c work_mem=7MB neon_lsn:0/1 -c TimeZone=Asia/Tokyo';
    expect(await show('work_mem', { options })).toBe('7MB');
    expect(await show('TimeZone', { options })).toBe('Asia/Tokyo');
  });

  test('the database defaults to the user', async () => {
    const url = new URL(harness.url);
    url.pathname = '/';
    // The driver fills the database in by itself, so this shows only that the name goes through.
    expect(await failure(url.href)).toMatchObject({
      code: 'XX000',
      message: `database "${url.username}" does not exist`,
    });
  });
});

test("a refused log-in has Neon's fields and Postgres's message", async () => {
  const url = new URL(harness.url);
  url.pathname = '/nowhere';
  expect(await failure(url.href)).toMatchObject({
    code: 'XX000',
    severity: 'ERROR',
    message: 'database "nowhere" does not exist',
    routine: undefined,
  });
});

test('a Postgres that is not there is an error, then the end', async () => {
  const dead = await startNeonProxy({ postgres: 'postgres://127.0.0.1:1/x' });
  expect(await failure(through(dead, harness.directUrl))).toMatchObject({
    code: 'XX000',
    message: "Couldn't connect to compute node",
  });
  await dead.close();
});

test('a Postgres that dies while it logs someone in is an error too', async () => {
  const dying = createServer((socket) => {
    socket.on('error', () => {});
    socket.destroy();
  });
  await new Promise<void>((resolve) => dying.listen(0, '127.0.0.1', resolve));
  const { port } = dying.address() as { port: number };
  const proxy = await startNeonProxy({ postgres: `postgres://127.0.0.1:${port}/x` });
  expect(await failure(through(proxy, harness.directUrl))).toMatchObject({ code: 'XX000' });
  await proxy.close();
  dying.close();
});

test('a client that leaves during a log-in ends it, though Postgres is silent', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const proxy = await startNeonProxy({ postgres: `postgres://127.0.0.1:${port}/x` });
  const url = through(proxy, harness.directUrl);

  const controller = new AbortController();
  const fetched = neon(url, { fetchOptions: { signal: controller.signal } })`select 1`.catch(() => undefined);
  const webSocket = await openSocket(url);
  webSocket.send(Buffer.concat([startup({ user: 'x' }), message('p', 'x\0')]));
  await vi.waitFor(() => expect(sockets.length).toBe(2));
  const closed = sockets.map((socket) => new Promise((resolve) => socket.resume().on('close', resolve)));
  const began = performance.now();
  controller.abort();
  webSocket.terminate();
  await Promise.all([...closed, fetched]);
  // The proxy's own patience with a silent Postgres is 10 s.
  expect(performance.now() - began).toBeLessThan(8000);
  await proxy.close();
  silent.close();
});

test('a pipelined log-in works where Postgres wants SCRAM, over HTTP too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kura-scram-'));
  const postgres = await startPostgres({ dataDir: join(folder, 'data') });
  try {
    await demandScram(postgres.url);
    const proxy = await startNeonProxy({ postgres: postgres.url });
    pointDriver();
    const client = new Client(through(proxy, postgres.url));
    await client.connect();
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await client.end();
    await proxy.close();
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }

  async function demandScram(url: string): Promise<void> {
    const admin = new (await import('pg')).default.Client(url);
    await admin.connect();
    const { rows } = await admin.query(`select current_setting('hba_file') as file`);
    await writeFile(rows[0].file, 'host all all all scram-sha-256\n');
    await admin.query('select pg_reload_conf()');
    await admin.query('select pg_sleep(0.3)');
    const { rows: rules } = await admin.query('select auth_method from pg_hba_file_rules');
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
    await admin.end();
  }
});
