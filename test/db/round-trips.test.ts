import { sql } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});

const one = (session: Session, n = 1) => session.statement((q) => q.execute(sql`select ${n}::int as n`));
const many = (k: number) => Array.from({ length: k }, (_, i) => i);

/** The budgets of docs/data-layer.md, counted on the wire by the proxy. */
const budgets: [what: string, run: () => Promise<unknown>, http: number, websocket: number][] = [
  ['a read', async () => one(db), 1, 0],
  ['a batch of 1', () => db.batch((tx) => [one(tx)]), 1, 0],
  ['a batch of 10', () => db.batch((tx) => many(10).map((n) => one(tx, n))), 1, 0],
  ['a transaction without a statement', () => db.transaction(async () => {}), 0, 0],
  ['a transaction that waits once', () => db.transaction(async (tx) => one(tx)), 0, 2],
  ['a transaction that waits 3 times', () => db.transaction((tx) => inTurn(tx, 3)), 0, 4],
  ['a transaction that waits 10 times', () => db.transaction((tx) => inTurn(tx, 10)), 0, 11],
  ['10 statements side by side', () => db.transaction((tx) => Promise.all(many(10).map((n) => one(tx, n)))), 0, 2],
  ['a savepoint: it is free', () => db.transaction((tx) => tx.transaction(async (inner) => one(inner))), 0, 2],
  ['savepoints 3 deep', () => db.transaction((a) => a.transaction((b) => b.transaction(async (c) => one(c)))), 0, 2],
  [
    'two savepoints in turn',
    () =>
      db.transaction(async (tx) => {
        await tx.transaction(async (inner) => one(inner));
        await tx.transaction(async (inner) => one(inner));
      }),
    0,
    3,
  ],
  ['a rolled-back transaction', () => db.transaction(async (tx) => one(tx), { commit: false }), 0, 2],
];

async function inTurn(session: Session, n: number) {
  for (let i = 0; i < n; i++) await one(session);
}

it.each(budgets)('%s', async (_, run, http, websocket) => {
  await resetWireStats(database);
  await run();
  const stats = await wireStats(database);
  expect({ http: stats.http.roundTrips, websocket: stats.websocket.roundTrips }).toEqual({ http, websocket });
});
