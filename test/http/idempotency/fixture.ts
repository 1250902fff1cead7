import { sql } from 'drizzle-orm';
import type { Handler } from 'hono';
import { beforeAll, beforeEach } from 'vitest';
import { createApp } from '../../../src/app.ts';
import type { Database, Transaction } from '../../../src/db/database.ts';
import { openDatabase } from '../../../src/db/neon.ts';
import type { AppEnv } from '../../../src/http/context.ts';
import { idempotencyKeys } from '../../../src/http/idempotency/table.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { SECRET_KEY } from '../../support/names.ts';

export let database: TestDatabase;
export let db: Database;

/** A database with one small table of effects, empty before each test of the file. */
export function useEffects(): void {
  beforeAll(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url });
    await db.statement((q) => q.execute(sql`create table effects (name text not null)`));
  });
  beforeEach(async () => {
    await db.statement((q) => q.execute(sql`truncate effects, idempotency_keys`));
  });
}

export const effect = (tx: Transaction, name = 'done') =>
  tx.statement((q) => q.execute(sql`insert into effects values (${name})`));

export const effects = async (): Promise<unknown[]> =>
  (await db.statement((q) => q.execute(sql`select name from effects order by name`))).map(({ name }) => name);

export const keys = () => db.statement((q) => q.select().from(idempotencyKeys));

/** The application, and under its `/v1` also `POST` and `PATCH /test/:id`, which do what the test says. */
export function appWith(handler: Handler<AppEnv>, variables: Record<string, string> = {}) {
  const app = createApp({ DATABASE_URL: database.url, BCRYPT_COST: '4', SECRET_KEY, ...variables });
  return app.post('/v1/test/:id', handler).patch('/v1/test/:id', handler);
}

let n = 0;

/** A key that nobody has used. */
export const newKey = (): string => `key-${++n}`;

/** A write as a client sends it. */
export const write = (key: string, headers: Record<string, string> = {}, body: unknown = {}, method = 'POST') => ({
  method,
  headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key, ...headers },
  body: JSON.stringify(body),
});
