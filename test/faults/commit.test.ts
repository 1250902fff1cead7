import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { type NeonProxy, startNeonProxy } from '../../src/dev/neon-proxy.ts';
import type { AppError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Fault, type FaultRelay, startFaultRelay } from '../support/fault-relay.ts';

/** The three outcomes of a COMMIT, with the connection broken around it: what the caller is told, and what is saved. */
let database: TestDatabase;
let relay: FaultRelay;
let proxy: NeonProxy;
let db: Database; // through the faulty connection
let control: Database; // around it

beforeAll(async () => {
  database = await createTestDatabase();
  relay = await startFaultRelay(Number(new URL(inject('postgres')).port));
  proxy = await startNeonProxy({ postgres: `postgres://kura:kura@127.0.0.1:${relay.port}/postgres` });
  const faulty = new URL(database.url);
  faulty.port = String(proxy.port);
  db = openDatabase({ url: faulty.href });
  control = openDatabase({ url: database.url });
  await run(control, sql`create table things (name text primary key)`);
});

beforeEach(() => run(control, sql`truncate things`));

afterAll(async () => {
  await proxy.close();
  await relay.close();
});

const run = (session: Session, query: ReturnType<typeof sql>) => session.statement((q) => q.execute(query));
const add = (tx: Transaction, name: string) => run(tx, sql`insert into things values (${name})`);
const names = async () => (await run(control, sql`select name from things`)).map((row) => row.name);
const thrown = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );

async function openTransactions(): Promise<unknown[]> {
  return run(
    control,
    sql`select state from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and state <> 'idle'`,
  );
}

describe('the answer to COMMIT is lost', () => {
  it.each<[Fault, saved: boolean]>([
    ['cut after', true],
    ['stall after', true],
    ['cut before', false],
    ['stall before', false],
  ])('%s: the caller is told the truth', async (fault, saved) => {
    relay.arm('commit', fault);
    let attempts = 0;
    const outcome = db.transaction(
      async (tx) => {
        attempts++;
        await add(tx, 'a');
        return 'done';
      },
      { deadlineMs: 4000, retries: 0 },
    );
    if (saved) expect(await outcome).toBe('done');
    else expect(await thrown(outcome)).toMatchObject({ code: 'connection_lost' });
    expect(attempts).toBe(1);
    expect(await names()).toEqual(saved ? ['a'] : []);
    await expect.poll(openTransactions).toEqual([]);
  });

  it('is tried again where nothing was saved, and saved once', async () => {
    relay.arm('commit', 'cut before');
    expect(await db.transaction(async (tx) => add(tx, 'a').then(() => 'done'))).toBe('done');
    expect(await names()).toEqual(['a']);
  });

  it('runs the hooks that the truth calls for', async () => {
    const log: string[] = [];
    const body = async (tx: Transaction) => {
      tx.afterCommit(() => log.push('committed'));
      tx.afterRollback(() => log.push('undone'));
      await add(tx, 'a');
    };
    relay.arm('commit', 'cut after');
    await db.transaction(body);
    relay.arm('commit', 'cut before');
    await thrown(db.transaction((tx) => run(tx, sql`delete from things`).then(() => body(tx)), { retries: 0 }));
    expect(log).toEqual(['committed', 'undone']);
  });

  it('is CommitUnknown only where the database stays out of reach until the deadline', async () => {
    relay.arm('commit', 'cut after');
    const log: string[] = [];
    const outcome = db.transaction(
      async (tx) => {
        tx.afterCommit(() => log.push('committed'));
        tx.afterRollback(() => log.push('undone'));
        await add(tx, 'a');
        relay.refuse(1000);
      },
      { deadlineMs: 1500 },
    );
    expect(await thrown(outcome)).toMatchObject({ code: 'commit_unknown', name: 'CommitUnknown' });
    relay.refuse(0);
    expect(log).toEqual([]); // nobody knows which to run
    expect(await names()).toEqual(['a']);
  });
});

describe('ROLLBACK fails', () => {
  it.each<Fault>(['cut before', 'cut after', 'stall before', 'stall after'])(
    '%s: the original error survives',
    async (fault) => {
      relay.arm('rollback', fault);
      const mine = new Error('mine');
      const failed = db.transaction(async (tx) => {
        await add(tx, 'a');
        throw mine;
      });
      expect(await thrown(failed)).toBe(mine);
      expect(await names()).toEqual([]);
      await expect.poll(openTransactions).toEqual([]);
    },
  );
});

describe('the first connection fails', () => {
  it.each<[string, (db: Database) => Promise<unknown>]>([
    ['a read', async (db) => db.statement((q) => q.select({ n: sql`1` }).from(sql`things`))],
    ['a batch', (db) => db.batch((tx) => [add(tx, 'a')])],
    ['a transaction', (db) => db.transaction(async (tx) => add(tx, 'a'))],
  ])('%s is tried again', async (_, attempt) => {
    relay.refuse(2);
    await attempt(db);
    relay.refuse(0);
  });
});

describe('the connection is lost before COMMIT', () => {
  it('the whole body runs again', async () => {
    relay.arm('select 42', 'cut before');
    let attempts = 0;
    await db.transaction(async (tx) => {
      attempts++;
      await add(tx, 'a');
      await run(tx, sql`select 42`);
    });
    expect([attempts, await names()]).toEqual([2, ['a']]);
  });

  it('a stall ends with the deadline', async () => {
    relay.arm('select 42', 'stall before');
    const failed = db.transaction((tx) => add(tx, 'a').then(() => run(tx, sql`select 42`)), { deadlineMs: 500 });
    expect(await thrown(failed)).toMatchObject({ code: 'deadline_exceeded' });
    expect(await names()).toEqual([]);
    await expect.poll(openTransactions).toEqual([]);
  });
});

describe('a one-shot write whose answer is lost', () => {
  it('is CommitUnknown, and not tried again', async () => {
    const insert = sql`insert into things values ('a')`;
    relay.arm("insert into things values ('a')", 'cut after');
    expect(await thrown(run(db, insert).then())).toMatchObject({ code: 'commit_unknown' });
    expect(await names()).toEqual(['a']);
  });

  it('is CommitUnknown in a batch', async () => {
    relay.arm('insert into things values ($1)', 'stall after');
    const failed = openDatabase({ url: withTimeout(), requestTimeoutMs: 500 }).batch((tx) => [add(tx, 'a')]);
    expect(await thrown(failed)).toMatchObject({ code: 'commit_unknown' });
  });

  const withTimeout = () => database.url.replace(`:${new URL(database.url).port}/`, `:${proxy.port}/`);
});
