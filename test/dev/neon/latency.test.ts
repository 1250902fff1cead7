import { Client, neon } from '@neondatabase/serverless';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { Lane, Latency } from '../../../src/dev/neon/latency.ts';
import { useHarness } from './harness.ts';

const RTT_MS = 120;
const harness = useHarness();

afterEach(() => harness.proxy.setLatency(0));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

test('a lane keeps the order when the latency falls', async () => {
  const latency = new Latency(60);
  const lane = new Lane(latency);
  const order: number[] = [];
  lane.run(() => order.push(1));
  latency.set(0);
  const last = new Promise<void>((resolve) => {
    lane.run(() => {
      order.push(2);
      lane.run(() => {
        order.push(3);
        resolve();
      });
    });
  });
  expect(order).toEqual([]);
  await last;
  expect(order).toEqual([1, 2, 3]);
});

test('a cleared lane runs nothing more', async () => {
  const lane = new Lane(new Latency(10));
  let ran = false;
  lane.run(() => {
    ran = true;
  });
  lane.clear();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(ran).toBe(false);
});

const ways: Record<string, (latency: Latency) => Promise<void>> = {
  'a request': (latency) => latency.halfway(),
  'a connection': (latency) => new Promise((resolve) => new Lane(latency).run(resolve)),
};

// A timer of 2.5 ms is one of 2.
test.each(Object.entries(ways))('%s is held back by the whole half of an odd latency', async (_, way) => {
  const latency = new Latency(5);
  for (let n = 0; n < 20; n++) expect(await timed(() => way(latency))).toBeGreaterThanOrEqual(2.5);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%d is no latency', (ms) => {
  expect(() => new Latency(ms)).toThrow(RangeError);
});

test('an HTTP request costs one round trip', async () => {
  harness.proxy.setLatency(RTT_MS);
  expect(await timed(() => neon(harness.url)`select 1`)).toBeGreaterThanOrEqual(RTT_MS);
});

test('a WebSocket costs one round trip for its handshake and one for each turn', async () => {
  harness.proxy.setLatency(RTT_MS);
  const client = new Client(harness.url);
  const first = await timed(async () => {
    await client.connect();
    await client.query('select 1');
  });
  const second = await timed(() => client.query('select 1'));
  await client.end();
  expect(first).toBeGreaterThanOrEqual(2 * RTT_MS);
  expect(second).toBeGreaterThanOrEqual(RTT_MS);
});

test('plain Postgres costs a round trip for each turn of its log-in too', async () => {
  harness.proxy.setLatency(RTT_MS);
  const client = new pg.Client(harness.url);
  expect(await timed(() => client.connect())).toBeGreaterThanOrEqual(2 * RTT_MS);
  expect(await timed(() => client.query('select 1'))).toBeGreaterThanOrEqual(RTT_MS);
  await client.end();
});

test('a large answer arrives whole and in order', async () => {
  const client = new Client(harness.url);
  await client.connect();
  harness.proxy.setLatency(20);
  const { rows } = await client.query(`select i, repeat('x', 10000) as pad from generate_series(1, 2000) i`);
  await client.end();
  expect(rows.map((row) => row.i)).toEqual(Array.from({ length: 2000 }, (_, at) => at + 1));
});
