import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { type NeonProxy, startNeonProxy } from '../../src/dev/neon-proxy.ts';
import type { AppError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Fault, type FaultRelay, type Step, startFaultRelay } from '../support/fault-relay.ts';

/** The three outcomes of a COMMIT, with the connection broken around it: what the caller is told, and what is saved. */
let database: TestDatabase;
let relay: FaultRelay;
let proxy: NeonProxy;
let db: Database; // through the faulty connection
let control: Database; // around it

beforeAll(async () => {
  database = await createTestDatabase();
  relay = await startFaultRelay(Number(new URL(inject('postgres')).port), 'postgres');
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

const cut: Fault = (strike) => strike.cut();
const stall: Fault = (strike) => strike.stall();
const at = (label: string) => (step: Step) => step.label === label;

describe('the answer to COMMIT is lost', () => {
  it.each<[fault: string, where: string, Fault, saved: boolean]>([
    ['cut after', 'CommandComplete COMMIT', cut, true],
    ['stall after', 'CommandComplete COMMIT', stall, true],
    ['cut before', 'Parse commit', cut, false],
    ['stall before', 'Parse commit', stall, false],
  ])('%s: the caller is told the truth', async (_, where, fault, saved) => {
    relay.arm(at(where), fault);
    let attempts = 0;
    const outcome = db.transaction(
      async (tx) => {
        attempts++;
        await add(tx, 'a');
        return 'done';
      },
      { deadlineMs: 8000, retries: 0 }, // half of it for the answer, half to find out
    );
    if (saved) expect(await outcome).toBe('done');
    else expect(await thrown(outcome)).toMatchObject({ code: 'connection_lost' });
    expect(attempts).toBe(1);
    expect(await names()).toEqual(saved ? ['a'] : []);
    await expect.poll(openTransactions).toEqual([]);
  });

  it('is tried again where nothing was saved, and saved once', async () => {
    relay.arm(at('Parse commit'), cut);
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
    relay.arm(at('CommandComplete COMMIT'), cut);
    await db.transaction(body);
    relay.arm(at('Parse commit'), cut);
    await thrown(db.transaction((tx) => run(tx, sql`delete from things`).then(() => body(tx)), { retries: 0 }));
    expect(log).toEqual(['committed', 'undone']);
  });

  it('is CommitUnknown only where the database stays out of reach until the deadline', async () => {
    relay.arm(at('CommandComplete COMMIT'), () => {
      relay.refuse();
      relay.cutAll(); // those of the pool too
    });
    const log: string[] = [];
    const outcome = db.transaction(
      async (tx) => {
        tx.afterCommit(() => log.push('committed'));
        tx.afterRollback(() => log.push('undone'));
        await add(tx, 'a');
      },
      { deadlineMs: 1500 },
    );
    expect(await thrown(outcome)).toMatchObject({ code: 'commit_unknown', name: 'CommitUnknown' });
    await relay.accept();
    expect(log).toEqual([]); // nobody knows which to run
    expect(await names()).toEqual(['a']);
  });
});

it('a Terminate that goes astray leaves no connection open', async () => {
  relay.arm(at('Terminate'), stall);
  const [row] = await db.transaction(async (tx) => run(tx, sql`select pg_backend_pid() as pid`));
  const left = () => run(control, sql`select 1 from pg_stat_activity where pid = ${row?.pid}::int`);
  await expect.poll(left, { timeout: 10_000 }).toEqual([]);
});

describe('ROLLBACK fails', () => {
  it.each<[fault: string, where: string, Fault]>([
    ['cut before', 'Parse rollback', cut],
    ['cut after', 'CommandComplete ROLLBACK', cut],
    ['stall before', 'Parse rollback', stall],
    ['stall after', 'CommandComplete ROLLBACK', stall],
  ])('%s: the original error survives', async (_, where, fault) => {
    relay.arm(at(where), fault);
    const mine = new Error('mine');
    const failed = db.transaction(async (tx) => {
      await add(tx, 'a');
      throw mine;
    });
    expect(await thrown(failed)).toBe(mine);
    expect(await names()).toEqual([]);
    await expect.poll(openTransactions).toEqual([]);
  });
});

describe('the first connection fails', () => {
  it.each<[string, (db: Database) => Promise<unknown>]>([
    ['a read', async (db) => db.statement((q) => q.select({ n: sql`1` }).from(sql`things`))],
    ['a batch', (db) => db.batch((tx) => [add(tx, 'a')])],
    ['a transaction', (db) => db.transaction(async (tx) => add(tx, 'a'))],
  ])('%s is tried again', async (_, attempt) => {
    const reset: Fault = (strike) => strike.reset();
    relay.cutAll(); // what the proxy keeps for the next request
    relay.arm(at('StartupMessage'), reset, reset);
    await attempt(db);
    expect(relay.steps.filter(at('StartupMessage'))).toHaveLength(3);
  });
});

const parses = (statement: string) => (step: Step) => step.label.startsWith('Parse ') && step.bytes.includes(statement);

describe('the connection is lost before COMMIT', () => {
  it('the whole body runs again', async () => {
    relay.arm(parses('select 42'), cut);
    let attempts = 0;
    await db.transaction(async (tx) => {
      attempts++;
      await add(tx, 'a');
      await run(tx, sql`select 42`);
    });
    expect([attempts, await names()]).toEqual([2, ['a']]);
  });

  it('a stall ends with the deadline', async () => {
    relay.arm(parses('select 42'), stall);
    const failed = db.transaction((tx) => add(tx, 'a').then(() => run(tx, sql`select 42`)), { deadlineMs: 500 });
    expect(await thrown(failed)).toMatchObject({ code: 'deadline_exceeded' });
    expect(await names()).toEqual([]);
    await expect.poll(openTransactions).toEqual([]);
  });
});

it('a flush that goes astray half-way leaves no transaction open', async () => {
  relay.arm(parses('select 42'), (strike) => {
    strike.pass(); // and nothing after it: Postgres waits for the rest of the messages
    return strike.lose();
  });
  const failed = db.transaction((tx) => add(tx, 'a').then(() => run(tx, sql`select 42`)), { deadlineMs: 1000 });
  expect(await thrown(failed)).toMatchObject({ code: 'deadline_exceeded' });
  await expect.poll(openTransactions, { timeout: 10_000 }).toEqual([]);
});

describe('a one-shot write whose answer is lost', () => {
  it('is CommitUnknown, and not tried again', async () => {
    const insert = sql`insert into things values ('a')`;
    relay.arm(at('CommandComplete INSERT'), cut);
    expect(await thrown(run(db, insert).then())).toMatchObject({ code: 'commit_unknown' });
    expect(await names()).toEqual(['a']);
  });

  it('is CommitUnknown in a batch', async () => {
    relay.arm(at('CommandComplete INSERT'), stall);
    const failed = openDatabase({ url: withTimeout(), requestTimeoutMs: 500 }).batch((tx) => [add(tx, 'a')]);
    expect(await thrown(failed)).toMatchObject({ code: 'commit_unknown' });
  });

  const withTimeout = () => database.url.replace(`:${new URL(database.url).port}/`, `:${proxy.port}/`);
});
