import { createServer, type Server } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';

/** A server that takes connections and never says a word, as one behind a broken network. */
let silent: Server;
let port: number;

beforeAll(async () => {
  silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  port = typeof address === 'object' && address ? address.port : 0;
});

afterAll(() => {
  silent.close();
});

const open = (options = {}) =>
  openDatabase({ url: `postgres://kura:kura@127.0.0.1:${port}/kura?sslmode=disable`, ...options });

it('a transaction gives a silent server no longer than the connect deadline, for each attempt', async () => {
  let attempts = 0;
  const failing = open({ connectTimeoutMs: 100, retry: { retries: 2 } }).transaction(async (tx) => {
    attempts++;
    await tx.statement((q) => q.execute(sql`select 1`));
  });
  await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
  expect(attempts).toBe(3);
});

it('a read ends with the request deadline', async () => {
  const read = open({ requestTimeoutMs: 200 }).statement((q) => q.select({ n: sql`1` }).from(sql`t`));
  await expect(read).rejects.toMatchObject({ code: 'deadline_exceeded' });
});

it('a batch ends with the request deadline, and says that it may have been saved', async () => {
  const db = open({ requestTimeoutMs: 200 });
  const batch = db.batch((tx) => [tx.statement((q) => q.execute(sql`select 1`))]);
  await expect(batch).rejects.toMatchObject({ code: 'commit_unknown' });
});

it('a refused connection is unavailable, not unknown: nothing was sent', async () => {
  silent.close(); // its port refuses from here on
  const db = open({ retry: { retries: 1 } });
  const insert = db.batch((tx) => [tx.statement((q) => q.execute(sql`select 1`))]);
  await expect(insert).rejects.toMatchObject({ code: 'unavailable' });
  await expect(db.transaction(async (tx) => tx.statement((q) => q.execute(sql`select 1`)))).rejects.toMatchObject({
    code: 'unavailable',
  });
});
