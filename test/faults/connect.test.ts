import { createServer, type Server } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';

/** A server that takes connections and never says a word, as one behind a broken network. */
let silent: Server;

beforeAll(async () => {
  silent = await listen();
});

afterAll(() => {
  silent.close();
});

async function listen(): Promise<Server> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return `postgres://kura:kura@127.0.0.1:${port}/kura?sslmode=disable`;
}

const open = (options = {}) => openDatabase({ url: urlOf(silent), ...options });

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
  const gone = await listen();
  const url = urlOf(gone);
  gone.close();
  const db = openDatabase({ url, retry: { retries: 1 } });
  const insert = db.batch((tx) => [tx.statement((q) => q.execute(sql`select 1`))]);
  await expect(insert).rejects.toMatchObject({ code: 'unavailable' });
  await expect(db.transaction(async (tx) => tx.statement((q) => q.execute(sql`select 1`)))).rejects.toMatchObject({
    code: 'unavailable',
  });
});
