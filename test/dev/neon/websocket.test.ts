import { Client, neonConfig, Pool } from '@neondatabase/serverless';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { backends, pointDriver, useHarness } from './harness.ts';
import { openSocket, query, rawSession, startup, TERMINATE } from './raw-session.ts';

const harness = useHarness();

afterEach(async () => {
  pointDriver();
  // Whatever a test did, no backend is left behind.
  await vi.waitFor(async () => expect(await backends(harness)).toEqual([]), { timeout: 10_000 });
});

async function connected(url = harness.url): Promise<Client> {
  const client = new Client(url);
  client.on('error', () => {});
  await client.connect();
  return client;
}

describe.each([['password'], [false]] as const)('with pipelineConnect %j', (pipelineConnect) => {
  test('the driver queries, transacts and leaves', async () => {
    neonConfig.pipelineConnect = pipelineConnect;
    const client = await connected();
    expect((await client.query('select $1::int as n', [42])).rows).toEqual([{ n: 42 }]);
    await client.query('begin');
    await client.query('create temporary table t (n int)');
    await client.query('rollback');
    await expect(client.query('select * from t')).rejects.toMatchObject({ code: '42P01', position: '15' });
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await client.end();
  });

  test("a wrong password is refused with Neon's code", async () => {
    neonConfig.pipelineConnect = pipelineConnect;
    const url = new URL(harness.url);
    url.password = 'wrong';
    const client = new Client(url.href);
    client.on('error', () => {});
    const refused = client.connect().then(() => client.query('select 1'));
    await expect(refused).rejects.toMatchObject({
      code: 'XX000',
      severity: 'ERROR',
      message: expect.stringContaining('password authentication failed'),
    });
  });
});

test('a pool hands out connections and ends them', async () => {
  const pool = new Pool({ connectionString: harness.url, max: 2 });
  const results = await Promise.all([1, 2, 3].map((n) => pool.query('select $1::int as n', [n])));
  expect(results.map(({ rows }) => rows[0].n)).toEqual([1, 2, 3]);
  await pool.end();
});

test('large messages pass both ways', async () => {
  const client = await connected();
  const text = 'ü'.repeat(8_000_000);
  const { rows } = await client.query('select $1::text as v, length($1::text) as n', [text]);
  expect(rows[0].n).toBe(text.length);
  expect(rows[0].v === text).toBe(true);
  await client.end();
});

test('a client that reads slowly gets everything, and does not fill the proxy', async () => {
  const { socket, send, received } = await rawSession(harness.url);
  send(query(`select repeat('x', 100000) from generate_series(1, 1000)`));
  await vi.waitFor(() => expect(received()).toBeGreaterThan(0));
  socket.pause();
  await vi.waitFor(async () => {
    const { rows } = await harness.admin.query(
      `select wait_event from pg_stat_activity where datname = current_database() and application_name = 'raw'`,
    );
    expect(rows).toEqual([{ wait_event: 'ClientWrite' }]);
  });
  socket.resume();
  await vi.waitFor(() => expect(received()).toBeGreaterThan(100_000_000), { timeout: 20_000 });
  socket.close();
});

test('a prepared statement and LISTEN last as long as the connection', async () => {
  const client = await connected();
  const heard = new Promise((resolve) => client.on('notification', ({ payload }) => resolve(payload)));
  await client.query('listen news');
  await harness.admin.query(`notify news, 'now'`);
  expect(await heard).toBe('now');
  await client.end();
});

describe('an end', () => {
  test('of the backend ends the client', async () => {
    const client = await connected();
    const ended = new Promise<void>((resolve) => client.on('end', resolve));
    const { rows } = await client.query('select pg_backend_pid() as pid');
    await harness.admin.query('select pg_terminate_backend($1, 5000)', [rows[0].pid]);
    await ended;
  });

  test('of the client without a word cancels its query', async () => {
    const { socket, send } = await rawSession(harness.url);
    send(query('select pg_sleep(60)'));
    await vi.waitFor(async () => expect((await backends(harness))[0]?.query).toBe('select pg_sleep(60)'));
    socket.terminate();
  });

  test('of the client after Terminate cancels a query that goes on', async () => {
    const { socket, send } = await rawSession(harness.url);
    send(Buffer.concat([query('select pg_sleep(60)'), TERMINATE]));
    await vi.waitFor(async () => expect((await backends(harness))[0]?.query).toBe('select pg_sleep(60)'));
    socket.close();
  });

  test('of the client after COMMIT and Terminate leaves the commit alone', async () => {
    await harness.admin.query('create table parting (n int)');
    const { socket, send } = await rawSession(harness.url);
    send(Buffer.concat([query('insert into parting select 1 from pg_sleep(0.2)'), TERMINATE]));
    socket.close();
    await vi.waitFor(async () => expect((await harness.admin.query('select n from parting')).rows).toEqual([{ n: 1 }]));
  });

  test('of the client while it logs in leaves no backend', async () => {
    const socket = await openSocket(harness.url);
    socket.send(startup({ user: new URL(harness.url).username }));
    socket.terminate();
  });
});

test('a text frame is refused', async () => {
  const { socket } = await rawSession(harness.url);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.send('select 1');
  expect(await closed).toBe(1003);
});

test('any path is upgraded', async () => {
  const socket = await openSocket(harness.url, '/any/where?x=1');
  socket.close();
});

test('a cancel request over a WebSocket cancels', async () => {
  const client = await connected();
  await client.query('select 1');
  const key = client as unknown as { processID: number; secretKey: number };
  const sleeping = expect(client.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
  await vi.waitFor(async () => expect((await backends(harness))[0]?.query).toBe('select pg_sleep(60)'));
  const request = Buffer.alloc(16);
  [16, 80877102, key.processID, key.secretKey].forEach((word, at) => {
    request.writeInt32BE(word, at * 4);
  });
  const socket = await openSocket(harness.url);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.send(request);
  await closed;
  await sleeping;
  await client.end();
});
