import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import type { AppError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  await run(db, sql`create table things (name text primary key, n int not null default 0)`);
});

beforeEach(() => run(db, sql`truncate things`));

const run = (session: Session, query: ReturnType<typeof sql>) => session.statement((q) => q.execute(query));
const add = (tx: Transaction, name: string) => run(tx, sql`insert into things (name) values (${name})`);
const names = async (session: Session = db) =>
  (await run(session, sql`select name from things order by name`)).map((row) => row.name);
const _thrown = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );

describe('hooks', () => {
  const trace = async (
    body: (
      tx: Parameters<Parameters<Database['transaction']>[0]>[0],
      log: (s: string) => () => void,
    ) => Promise<unknown>,
  ) => {
    const log: string[] = [];
    await db.transaction((tx) => body(tx, (s) => () => log.push(s))).catch((error) => log.push(error.message));
    return log;
  };

  it('run once, in order, after the outermost commit', async () => {
    const log = await trace(async (tx, note) => {
      tx.afterCommit(note('first'));
      await tx.transaction(async (inner) => {
        inner.afterCommit(note('inner'));
        inner.afterRollback(note('never'));
        await add(inner, 'a');
      });
      tx.afterCommit(note('last'));
      note('body')();
    });
    expect(log).toEqual(['body', 'first', 'inner', 'last']);
  });

  it('of a rolled-back savepoint are its own', async () => {
    const log = await trace(async (tx, note) => {
      await tx
        .transaction(async (inner) => {
          inner.afterCommit(note('never'));
          inner.afterRollback(note('inner undone'));
          await add(inner, 'a');
          throw new Error('x');
        })
        .catch(() => {});
      tx.afterCommit(note('committed'));
      await add(tx, 'b');
    });
    expect(log).toEqual(['inner undone', 'committed']);
  });

  it('for rollback run after the rollback, and before the error is thrown', async () => {
    const log = await trace(async (tx, note) => {
      tx.afterCommit(note('never'));
      tx.afterRollback(note('undone'));
      await add(tx, 'a');
      throw new Error('mine');
    });
    expect(log).toEqual(['undone', 'mine']);
  });

  it('that throw are logged, and change nothing', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue();
    const log = await trace(async (tx, note) => {
      tx.afterCommit(() => {
        throw new Error('secret');
      });
      tx.afterCommit(note('next'));
      await add(tx, 'a');
    });
    expect([log, await names()]).toEqual([['next'], ['a']]);
    expect(errors.mock.calls.flat().join()).toMatch(/transaction_hook_failed/);
    expect(errors.mock.calls.flat().join()).not.toMatch(/secret/);
    errors.mockRestore();
  });

  it('belong to a batch too', async () => {
    const log: string[] = [];
    await db.batch((tx) => {
      tx.afterCommit(() => log.push('committed'));
      return [add(tx, 'a')];
    });
    await db
      .batch((tx) => {
        tx.afterRollback(() => log.push('undone'));
        return [add(tx, 'a')];
      })
      .catch((error) => log.push(error.code));
    expect(log).toEqual(['committed', 'undone', 'conflict']);
  });
});
