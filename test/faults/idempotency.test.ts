import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { type NeonProxy, startNeonProxy } from '../../src/dev/neon-proxy.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Fault, type FaultRelay, startFaultRelay } from '../support/fault-relay.ts';
import { SECRET_KEY } from '../support/names.ts';

/** A client sends a write with a key again until it gets an answer: the connection broke, but there is one effect. */
let relay: FaultRelay;
let proxy: NeonProxy;
let app: ReturnType<typeof createApp>;
let control: Database;
let during = () => {};

beforeAll(async () => {
  const database = await createTestDatabase();
  relay = await startFaultRelay(Number(new URL(inject('postgres')).port));
  proxy = await startNeonProxy({ postgres: `postgres://kura:kura@127.0.0.1:${relay.port}/postgres` });
  const faulty = new URL(database.url);
  faulty.port = String(proxy.port);
  control = openDatabase({ url: database.url });
  await control.statement((q) => q.execute(sql`create table effects (name text not null)`));
  app = createApp({ DATABASE_URL: faulty.href, SECRET_KEY, REQUEST_TIMEOUT_MS: '5000' });
  app.post('/v1/effects', async (c) => {
    await c.var.db.batch((tx) => [tx.statement((q) => q.execute(sql`insert into effects values ('done')`))]);
    during();
    return c.json({ answer: crypto.randomUUID() }, 201);
  });
});
beforeEach(async () => {
  during = () => {};
  await control.statement((q) => q.execute(sql`truncate effects, idempotency_keys`));
});
afterAll(async () => {
  await proxy.close();
  await relay.close();
});

async function send(key: string) {
  const log = vi.spyOn(console, 'error').mockReturnValue();
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  const response = await app.request('/v1/effects', { method: 'POST', headers, body: '{}' });
  log.mockRestore();
  return {
    status: response.status,
    replayed: response.headers.has('Idempotency-Replayed'),
    body: (await response.json()) as { code?: string; answer?: string },
  };
}
const effects = () => control.statement((q) => q.execute(sql`select name from effects`));

it.each<[Fault, saved: boolean]>([
  ['cut after', true],
  ['cut before', false],
])('COMMIT is %s: the answer is the truth, and so is the next', async (fault, saved) => {
  const key = crypto.randomUUID();
  relay.arm('commit', fault);
  const first = await send(key);
  expect(first).toMatchObject(saved ? { status: 201 } : { status: 503, body: { code: 'connection_lost' } });
  expect(await effects()).toHaveLength(saved ? 1 : 0);
  const second = await send(key);
  expect(second).toMatchObject({ status: 201, replayed: saved });
  if (saved) expect(second.body).toEqual(first.body);
  expect(await effects()).toHaveLength(1);
});

it.each<[Fault, saved: boolean]>([
  ['cut after', true],
  ['cut before', false],
])('COMMIT is %s and nobody knows: the same request again settles it', async (fault, saved) => {
  const key = crypto.randomUUID();
  relay.arm('commit', fault);
  during = () => relay.refuse(1000);
  expect(await send(key)).toMatchObject({ status: 503, body: { code: 'commit_unknown' } });
  relay.refuse(0);
  during = () => {};
  expect(await send(key)).toMatchObject({ status: 201, replayed: saved });
  expect(await effects()).toHaveLength(1);
});
