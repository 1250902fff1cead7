import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { createTestDatabase } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';
import { signIn } from '../support/sign-in.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** On Node a statement's timer lives until then, and what it holds. */
const DEADLINE_MS = 2000;
const TIMES = 10;

it('a request that has been answered is out of memory, with its context and its database', async () => {
  const database = await createTestDatabase();
  const { headers } = await signIn(database);
  const json = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ title: 'a', body: 'b', isPublished: true });
  const requests: (readonly [path: string, init?: RequestInit])[] = [
    ['/v1/users/me', { headers }],
    ['/v1/posts?limit=5'],
    ['/v1/posts', { method: 'POST', headers: { ...json, ...headers }, body }],
    ['/v1/nothing'],
    ['/v1/posts', { method: 'POST', headers: { ...json, ...headers }, body: '{' }],
  ];
  const app = createApp();
  const variables = { DATABASE_URL: database.url, SECRET_KEY, REQUEST_TIMEOUT_MS: String(DEADLINE_MS) };
  const left: WeakRef<object>[] = [];
  const ask = async (path: string, init?: RequestInit) => {
    const bindings = { ...variables }; // whoever holds a request's context, or its database, holds these
    left.push(new WeakRef(bindings));
    await (await app.request(path, init, bindings)).text();
  };
  for (let n = 0; n < TIMES; n++) {
    for (const [path, init] of requests) await ask(path, init);
    const keyed = { ...json, ...headers, 'Idempotency-Key': `key-${n}` };
    await ask('/v1/posts', { method: 'POST', headers: keyed, body });
  }
  expect(left).toHaveLength(TIMES * (requests.length + 1));
  await sleep(1.1 * DEADLINE_MS);
  collectGarbage();
  const alive = left.filter((ref) => ref.deref()).length;
  expect(alive).toBeLessThanOrEqual(1); // the last one may still be on the stack
});
