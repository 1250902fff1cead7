import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { type Propagation, transactional } from '../../src/db/transactional.ts';
import { createTestDatabase } from '../support/database.ts';

let db: Database;

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  await run(db, sql`create table things (name text primary key)`);
});

beforeEach(() => run(db, sql`truncate things`));

const run = (session: Session, query: ReturnType<typeof sql>) => session.statement((q) => q.execute(query));
const add = (tx: Session, name: string) => run(tx, sql`insert into things values (${name})`);
const names = async () => (await run(db, sql`select name from things order by name`)).map((row) => row.name);
/** The id of the transaction a session runs in, if any: two calls in one transaction give the same. */
const xid = async (session: Session) => (await run(session, sql`select pg_current_xact_id()::text as id`))[0]?.id;

const addAndFail = async (tx: Session, name: string) => {
  await add(tx, name);
  throw new Error('after the insert');
};

describe('a function without a session', () => {
  it('just runs', async () => {
    const double = transactional()(async (n: number) => n * 2);
    expect(await double(21)).toBe(42);
  });
});

describe('the session', () => {
  it.each([0, 1, 2])('is found in position %i', async (position) => {
    const kinds = transactional()(async (...args: unknown[]) =>
      args.map((arg) => (arg as Session & { kind: string }).kind),
    );
    const args: unknown[] = [{}, 'x', null].toSpliced(position, 1, db).map((arg) => arg ?? {});
    expect((await kinds(...args))[position]).toBe('transaction');
  });
});

describe.each<
  [Propagation, 'begins' | 'runs without' | 'refuses', 'joins' | 'own' | 'outside' | 'savepoint' | 'refuses']
>([
  ['required', 'begins', 'joins'],
  ['requires-new', 'begins', 'own'],
  ['nested', 'begins', 'savepoint'],
  ['supports', 'runs without', 'joins'],
  ['not-supported', 'runs without', 'outside'],
  ['mandatory', 'refuses', 'joins'],
  ['never', 'runs without', 'refuses'],
])('%s', (propagation, onDatabase, onTransaction) => {
  const fail = transactional({ propagation })(addAndFail);
  const id = transactional({ propagation })(xid);

  it(`${onDatabase} on a database`, async () => {
    const error = await fail(db, 'a').catch((error) => error);
    if (onDatabase === 'refuses') expect(error).toMatchObject({ code: 'transaction_required' });
    else expect(error.message).toBe('after the insert');
    expect(await names()).toEqual(onDatabase === 'runs without' ? ['a'] : []);
  });

  it(`${onTransaction} in a transaction`, async () => {
    const inner = await db.transaction(async (tx) => {
      await add(tx, 'outer');
      const error = await fail(tx, 'inner').catch((error) => error);
      if (onTransaction === 'refuses') expect(error).toMatchObject({ code: 'transaction_forbidden' });
      else expect(error.message).toBe('after the insert');
      return onTransaction === 'refuses' ? undefined : (await id(tx)) === (await xid(tx));
    });
    expect(inner).toBe({ joins: true, savepoint: true, own: false, outside: false, refuses: undefined }[onTransaction]);
    const kept = onTransaction === 'joins' || onTransaction === 'outside';
    expect(await names()).toEqual(kept ? ['inner', 'outer'] : ['outer']);
  });
});

it('joins a batch', async () => {
  const adder = transactional()(async (tx: Transaction) => tx.kind);
  let kind: Promise<string> | undefined;
  await db.batch((tx) => {
    kind = adder(tx);
    return [add(tx, 'a')];
  });
  expect(await kind).toBe('transaction');
});
