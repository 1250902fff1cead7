import { connect } from 'node:net';
import { Client, neon } from '@neondatabase/serverless';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import { Stop } from '../../src/dev/exit.ts';
import { startNeonProxy } from '../../src/dev/neon-proxy.ts';
import { backends, post, through, useHarness } from './neon/harness.ts';

const harness = useHarness();
const origin = () => `http://${new URL(harness.url).host}`;

describe('plain Postgres', () => {
  test('goes through the same port, unread', async () => {
    const client = new pg.Client({ connectionString: harness.url, statement_timeout: 1234 });
    await client.connect();
    expect((await client.query(`select current_setting('statement_timeout') as v`)).rows).toEqual([{ v: '1234ms' }]);
    await client.end();
  });

  test('passes much both ways', async () => {
    const client = new pg.Client(harness.url);
    await client.connect();
    const text = 'x'.repeat(20_000_000);
    const { rows } = await client.query('select $1::text as v', [text]);
    expect(rows[0].v === text).toBe(true);
    await client.end();
  });

  test('ends with the backend, and ends the backend', async () => {
    const client = new pg.Client(harness.url);
    const ended = new Promise<void>((resolve) => client.on('end', resolve));
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    await harness.admin.query('select pg_terminate_backend($1, 5000)', [rows[0].pid]);
    await ended;
    const gone = new pg.Client(harness.url);
    gone.on('error', () => {});
    await gone.connect();
    gone.connection.stream.destroy();
    await vi.waitFor(async () => expect(await backends(harness)).toEqual([]), { timeout: 10_000 });
  });
});

test('a connection that says nothing, or nothing known, does no harm', async () => {
  const { host, port } = harness.proxy;
  const silent = connect(port, host);
  const strange = connect(port, host);
  const answer = new Promise<string>((resolve) => strange.on('data', (data) => resolve(data.toString())));
  strange.write('\x16\x03\x01 a TLS handshake');
  expect(await answer).toMatch(/^HTTP\/1.1 400/);
  silent.destroy();
  strange.destroy();
  expect((await post(harness.url, { query: 'select 1' })).status).toBe(200);
});

describe('over HTTP', () => {
  test('counters are read and reset', async () => {
    const url = `${origin()}/_kura/stats?database=${harness.database}`;
    await fetch(url, { method: 'DELETE' });
    await neon(harness.url)`select 1`;
    expect(await (await fetch(url)).json()).toEqual(harness.proxy.stats(harness.database));
    expect(harness.proxy.stats(harness.database).http.requests).toBe(1);
    expect(await (await fetch(`${origin()}/_kura/stats`)).json()).toEqual(harness.proxy.stats());
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(204);
    expect(harness.proxy.stats(harness.database).http.requests).toBe(0);
  });

  test('the latency is set', async () => {
    const set = (body: string) => fetch(`${origin()}/_kura/latency`, { method: 'PUT', body });
    expect(await (await set('{"ms": 80}')).json()).toEqual({ ms: 80 });
    const start = performance.now();
    await neon(harness.url)`select 1`;
    expect(performance.now() - start).toBeGreaterThanOrEqual(76);
    for (const wrong of ['{"ms": -1}', '{"ms": "5"}', '{}', 'null', 'x', '{"ms": 1e999}']) {
      expect((await set(wrong)).status).toBe(400);
    }
    expect((await set('{"ms": 0}')).status).toBe(200);
  });

  test('another control route is a 404', async () => {
    expect((await fetch(`${origin()}/_kura/nothing`)).status).toBe(404);
  });
});

describe('a start', () => {
  test('on a port in use stops with one line', async () => {
    const failed = startNeonProxy({ postgres: harness.directUrl, port: harness.proxy.port });
    await expect(failed).rejects.toThrow(Stop);
    await expect(failed).rejects.toThrow(/^[^\n]*:\d+: the port is in use$/);
  });

  test('on an address that is not here stops too', async () => {
    await expect(startNeonProxy({ postgres: harness.directUrl, host: '192.0.2.1' })).rejects.toThrow(Stop);
  });

  test.each(['', 'localhost:5432', 'http://kura:secret@h/d', 'postgres://'])(
    'with the URL %j stops without repeating it',
    async (postgres) => {
      const error = await startNeonProxy({ postgres }).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(Stop);
      expect(error.message).not.toContain('secret');
    },
  );

  test('is on the loopback address unless told otherwise', () => {
    expect(harness.proxy.host).toBe('127.0.0.1');
  });
});

test('close does not wait for a request that never ends', async () => {
  const proxy = await startNeonProxy({ postgres: harness.directUrl });
  const sockets = ['/sql', '/_kura/latency'].map((path) => {
    const socket = connect(proxy.port, proxy.host).on('error', () => {});
    socket.write(`${path === '/sql' ? 'POST' : 'PUT'} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`);
    return socket;
  });
  await vi.waitFor(() => expect(proxy.stats().http.requests).toBe(1));
  const closed = sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve)));
  await proxy.close();
  await Promise.all(closed);
});

test('close answers what is under way as cancelled, and leaves no backend', async () => {
  const proxy = await startNeonProxy({ postgres: harness.directUrl });
  const url = through(proxy, harness.directUrl);
  const client = new Client(url);
  client.on('error', () => {});
  await client.connect();
  await client.query('select 1');
  const lost = expect(client.query('select pg_sleep(61)')).rejects.toThrow();
  const plain = new pg.Client(url);
  plain.on('error', () => {});
  await plain.connect();
  await neon(url)`select 1`;
  const slow = post(url, { query: 'select pg_sleep(60)' });
  await vi.waitFor(async () => {
    const running = (await backends(harness)).map(({ query }) => query);
    expect(running).toEqual(expect.arrayContaining(['select pg_sleep(60)', 'select pg_sleep(61)']));
  });
  await proxy.close();
  expect(await slow).toMatchObject({
    status: 400,
    body: { message: 'Query cancelled, connection was terminated', code: '08P01' },
  });
  await lost;
  await vi.waitFor(async () => expect(await backends(harness)).toEqual([]), { timeout: 10_000 });
  await expect(fetch(`http://127.0.0.1:${proxy.port}/_kura/stats`)).rejects.toThrow();
});
