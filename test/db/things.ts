import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, expect } from 'vitest';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import type { AppError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

export let database: TestDatabase;
export let db: Database;

/** A database with one small table, `things`, empty before each test of the file. */
export function useThings(): void {
  beforeAll(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url });
    await run(db, sql`create table things (name text primary key, n int not null default 0)`);
  });
  beforeEach(() => run(db, sql`truncate things`));
}

export const run = (session: Session, query: ReturnType<typeof sql>) => session.statement((q) => q.execute(query));

export const add = (tx: Transaction, name: string) => run(tx, sql`insert into things (name) values (${name})`);

export const names = async (session: Session = db) =>
  (await run(session, sql`select name from things order by name`)).map((row) => row.name);

/** The error of a promise that must fail. */
export const thrown = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );
