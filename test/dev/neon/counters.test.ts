import { Client, neon } from '@neondatabase/serverless';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { post, useHarness } from './harness.ts';
import { query, rawSession, TERMINATE } from './raw-session.ts';

const harness = useHarness();
const stats = () => harness.proxy.stats(harness.database);

beforeEach(() => harness.proxy.resetStats());

describe('over HTTP', () => {
  test('a request is a round trip, whatever it holds', async () => {
    const sql = neon(harness.url);
    await sql`select 1`;
    await sql.transaction([sql`select 1`, sql`select 2`, sql`select 3`]);
    await sql`select x`.catch(() => undefined);
    expect(stats().http).toMatchObject({ requests: 3, roundTrips: 3, statements: 5 });
    expect(stats().websocket).toEqual({ connections: 0, roundTrips: 0, bytesIn: 0, bytesOut: 0 });
  });

  test('bytes are those of the bodies', async () => {
    const body = JSON.stringify({ query: `select 'ü'` });
    const response = await fetch(`http://${new URL(harness.url).host}/sql`, {
      method: 'POST',
      headers: { 'Neon-Connection-String': harness.url },
      body,
    });
    const answer = await response.text();
    expect(stats().http).toMatchObject({ bytesIn: Buffer.byteLength(body), bytesOut: Buffer.byteLength(answer) });
  });

  test('a request without a database counts in the total only', async () => {
    await post(harness.url, { query: 'select 1' }, { 'Neon-Connection-String': 'nonsense' });
    expect(harness.proxy.stats().http.requests).toBe(1);
    expect(stats().http.requests).toBe(0);
  });
});

describe('over a WebSocket', () => {
  test('start-up, password and first query are one round trip, and each further query one', async () => {
    const client = new Client(harness.url);
    await client.connect();
    await client.query('select 1');
    expect(stats().websocket).toMatchObject({ connections: 1, roundTrips: 1 });
    for (let n = 2; n <= 20; n += 1) {
      await client.query('select $1::int', [n]);
      expect(stats().websocket.roundTrips).toBe(n);
    }
    await client.end();
    expect(stats().websocket).toMatchObject({ connections: 1, roundTrips: 20 });
  });

  test('frames of one tick are one round trip, though Postgres answers each for itself', async () => {
    const session = await rawSession(harness.url);
    harness.proxy.resetStats();
    for (let n = 1; n <= 100; n += 1) {
      for (const text of ['select 1', 'select 2', 'select 3']) session.send(query(text));
      await session.ready(3);
      expect(stats().websocket.roundTrips).toBe(n);
    }
    session.send(TERMINATE);
    session.socket.close();
  });

  test('what is sent before an answer was read belongs to its round trip, though the answer was sent', async () => {
    const session = await rawSession(harness.url);
    harness.proxy.resetStats();
    session.socket.pause();
    session.send(query('select 1'));
    await vi.waitFor(() => expect(stats().websocket.bytesOut).toBeGreaterThan(0));
    session.send(query('select 2'));
    session.socket.resume();
    await session.ready(2);
    expect(stats().websocket.roundTrips).toBe(1);
    session.send(query('select 3'));
    await session.ready(1);
    expect(stats().websocket.roundTrips).toBe(2);
    session.socket.close();
  });

  test('what is sent upon an answer is a round trip, though a pipelined answer is still to come', async () => {
    const session = await rawSession(harness.url);
    harness.proxy.resetStats();
    session.send(query('select 1'));
    session.send(query('select pg_sleep(0.1)'));
    await session.ready(1);
    session.send(query('select 3'));
    await session.ready(2);
    expect(stats().websocket.roundTrips).toBe(2);
    session.socket.close();
  });

  test('the count is the same with latency', async () => {
    harness.proxy.setLatency(30);
    const client = new Client(harness.url);
    await client.connect();
    await client.query('select 1');
    await client.query('select 1');
    await client.end();
    harness.proxy.setLatency(0);
    expect(stats().websocket.roundTrips).toBe(2);
  });

  test('an answer of many frames is heard once', async () => {
    const client = new Client(harness.url);
    await client.connect();
    await client.query(`select repeat('x', 1000) from generate_series(1, 20000)`);
    expect(stats().websocket.roundTrips).toBe(1);
    expect(stats().websocket.bytesOut).toBeGreaterThan(20_000_000);
    await client.end();
  });

  test('bytes are those of the frames', async () => {
    const client = new Client(harness.url);
    await client.connect();
    await client.query('select 1');
    harness.proxy.resetStats();
    await client.query('select 12345');
    // Q: type, length, text, zero. Answers: RowDescription, DataRow, CommandComplete, ReadyForQuery.
    expect(stats().websocket).toMatchObject({ bytesIn: 1 + 4 + 13, bytesOut: 34 + 16 + 14 + 6 });
    await client.end();
  });
});

describe('of a database', () => {
  test('do not mix with another’s, and the total has both', async () => {
    const other = new URL(harness.url);
    other.pathname = '/postgres';
    await neon(harness.url)`select 1`;
    await neon(other.href)`select 1`;
    const client = new Client(other.href);
    await client.connect();
    await client.query('select 1');
    await client.end();
    expect(stats()).toMatchObject({ http: { requests: 1 }, websocket: { connections: 0 } });
    expect(harness.proxy.stats('postgres')).toMatchObject({ http: { requests: 1 }, websocket: { connections: 1 } });
    expect(harness.proxy.stats()).toMatchObject({ http: { requests: 2 }, websocket: { connections: 1 } });
    harness.proxy.resetStats('postgres');
    expect(harness.proxy.stats('postgres').http.requests).toBe(0);
    expect(stats().http.requests).toBe(1);
  });

  test('that was never seen are zero', () => {
    expect(harness.proxy.stats('nowhere').http).toEqual({
      requests: 0,
      roundTrips: 0,
      bytesIn: 0,
      bytesOut: 0,
      statements: 0,
    });
  });

  test('are a copy', () => {
    stats().http.requests = 7;
    expect(stats().http.requests).toBe(0);
  });
});
