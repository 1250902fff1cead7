import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../src/db/database.ts';
import { openDatabase, withDatabase } from '../../src/db/neon.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

let primary: TestDatabase;
let replica: TestDatabase;

beforeAll(async () => {
  [primary, replica] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});

afterEach(() => vi.restoreAllMocks());

const where = (session: Session) =>
  session.statement((q) => q.select({ db: sql<string>`current_database()` }).from(sql`(select) t`));
const setting = (session: Session, name: string) =>
  session.statement((q) => q.execute(sql`select current_setting(${name}) as value`)).map(([row]) => row?.value);

it('opens and closes without a round trip', async () => {
  await resetWireStats(primary);
  await openDatabase({ url: primary.url }).close();
  expect(await wireStats(primary)).toMatchObject({ http: { requests: 0 }, websocket: { connections: 0 } });
});

it('closes whatever happens, and lets the error through', async () => {
  let kept: ReturnType<typeof openDatabase> | undefined;
  const failing = withDatabase({ url: primary.url }, async (db) => {
    kept = db;
    throw new Error('mine');
  });
  await expect(failing).rejects.toThrow('mine');
  await expect(kept?.transaction(async () => {})).rejects.toMatchObject({ code: 'database_closed' });
});

it('ends the transactions that are open when it closes, and begins none again', async () => {
  const db = openDatabase({ url: primary.url });
  let attempts = 0;
  const open = db.transaction(async (tx) => {
    attempts++;
    await where(tx);
    await db.close();
    await where(tx);
  });
  await expect(open).rejects.toMatchObject({ code: 'database_closed' });
  expect(attempts).toBe(1);
});

it('takes time-outs that no timer takes as they are', async () => {
  const db = openDatabase({ url: primary.url, requestTimeoutMs: 1500.5 });
  expect(await where(db)).toHaveLength(1);
  expect(await db.transaction(async (tx) => where(tx), { deadlineMs: 3e9 })).toHaveLength(1);
});

it('gives a batch the settings it asks for, in the same round trip', async () => {
  const db = openDatabase({ url: primary.url, statementTimeoutMs: 1200 });
  await resetWireStats(primary);
  const options = { lockTimeoutMs: 700, settings: { 'app.user_id': 'ada' } };
  const names = ['statement_timeout', 'lock_timeout', 'app.user_id'];
  const values = await db.batch((tx) => names.map((name) => setting(tx, name)), options);
  expect(values).toEqual(['1200ms', '700ms', 'ada']);
  expect((await wireStats(primary)).http.roundTrips).toBe(1);
});

describe('a read replica', () => {
  it('answers one-shot reads, and nothing else', async () => {
    const db = openDatabase({ url: primary.url, replicaUrl: replica.url });
    const [[read], [fresh], [[batched]], [inside], [raw]] = await Promise.all([
      where(db),
      where(db.primary),
      db.batch((tx) => [where(tx)]),
      db.transaction(async (tx) => where(tx)),
      db.statement((q) => q.execute(sql`select current_database() as db`)),
    ]);
    const names = [read, fresh, batched, inside, raw].map((row) => row?.db);
    expect(names).toEqual([replica.name, primary.name, primary.name, primary.name, primary.name]);
  });
});

it('names the application on every transport', async () => {
  const db = openDatabase({ url: primary.url, applicationName: 'reports & more' });
  const names = [await setting(db, 'application_name'), await db.transaction((tx) => setting(tx, 'application_name'))];
  expect(names).toEqual(['reports & more', 'reports & more']);
});

it('keeps the time-outs of its configuration', async () => {
  const db = openDatabase({ url: primary.url, statementTimeoutMs: 1200, lockTimeoutMs: 700 });
  const values = db.transaction((tx) => Promise.all([setting(tx, 'statement_timeout'), setting(tx, 'lock_timeout')]));
  expect(await values).toEqual(['1200ms', '700ms']);
});

it('echoes SQL without its parameters, in debug alone', async () => {
  const echo = vi.spyOn(console, 'debug').mockReturnValue();
  const query = (session: Session) => session.statement((q) => q.execute(sql`select ${'s3cret'} as echoed`));
  await query(openDatabase({ url: primary.url }));
  expect(echo).not.toHaveBeenCalled();
  const db = openDatabase({ url: primary.url, debug: true });
  await query(db);
  await db.batch((tx) => [query(tx)]);
  await db.transaction(async (tx) => query(tx));
  const lines = echo.mock.calls.flat();
  expect(lines.filter((line) => line === 'sql select $1 as echoed')).toHaveLength(3);
  expect(lines).toContain('sql begin');
  expect(lines.join()).not.toContain('s3cret');
});
