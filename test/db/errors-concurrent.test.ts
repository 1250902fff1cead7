import { type SQL, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database, Session, TransactionOptions } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { leakless, SECRET } from '../support/error-marker.ts';
import { runBy, type Way, ways } from '../support/everywhere.ts';
import { createRole } from '../support/role.ts';

let database: TestDatabase;
let db: Database;

/** Tries nothing twice, so that the first error is seen. */
const once = { retry: { retries: 0 } } as const;
const run = (session: Session, query: SQL) => session.statement((q) => q.execute(query));
const update = (name: string) => sql`update things set note = ${SECRET} where name = ${name}`;

/** Locks one row, waits until another session waits for it, then wants a second row: the last to wait is the victim. */
const lockBoth = sql`
  create function lock_both(one text, other text) returns void
  language plpgsql security definer set deadlock_timeout to '10ms' as $$
  begin
    update things set note = '' where name = one;
    while not exists (select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))) loop
      perform pg_sleep(0.005);
    end loop;
    update things set note = '' where name = other;
  end $$`;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, ...once });
  await run(db, sql`create table things (name text primary key, note text not null default '')`);
  await run(db, lockBoth);
});

beforeEach(async () => {
  await run(db, sql`truncate things`);
  await run(db, sql`insert into things values ('a'), ('b')`);
});

/** Waits until another session waits for what `holder` has locked. */
const waitedFor = (holder: Session) =>
  vi.waitFor(async () => {
    const waiting = sql`select pid from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))`;
    expect(await run(holder, waiting)).not.toEqual([]);
  }, 10_000);

const locked = (name: string) =>
  vi.waitFor(async () => {
    expect(await run(db, sql`select from things where name = ${name} for update skip locked`)).toEqual([]);
  }, 10_000);

interface Means {
  /** For one-shot statements, which have no options: settings of the role. */
  readonly settings: Record<string, string>;
  readonly options: TransactionOptions;
}

/** Fails `query` in that way, by a client that has the settings or the options. */
async function failing(way: Way, query: SQL, { settings, options }: Means = { settings: {}, options: {} }) {
  const url = await createRole(db, database, { grants: ['select, update on things'], settings });
  return { error: leakless(runBy(way, openDatabase({ url, ...once }), (session) => run(session, query), options)) };
}

const isolated: Means = {
  settings: { default_transaction_isolation: 'repeatable read' },
  options: { isolation: 'repeatable read' },
};
const hurried: Means = {
  settings: { statement_timeout: '20ms', lock_timeout: '10ms' },
  options: { statementTimeoutMs: 20, lockTimeoutMs: 10 },
};
const readOnly: Means = { settings: { default_transaction_read_only: 'on' }, options: { readOnly: true } };

describe.each(ways)('%s', (way) => {
  it('serialization_failure: the row was changed by a transaction that came before', async () => {
    const { error } = await db.transaction(async (holder) => {
      await run(holder, update('a'));
      const failed = await failing(way, update('a'), isolated);
      await waitedFor(holder);
      return failed;
    });
    expect(await error).toMatchObject({ code: 'serialization_failure' });
  });

  it('deadlock: each waits for the other', async () => {
    const cross = sql`select lock_both('b', 'a'), ${SECRET}::text`;
    const patient = { settings: { deadlock_timeout: '60s' } };
    const { error } = await db.transaction(async (holder) => {
      await run(holder, update('a'));
      const failed = await failing(way, cross);
      await locked('b');
      await run(holder, update('b'));
      return failed;
    }, patient);
    expect(await error).toMatchObject({ code: 'deadlock' });
  });

  it('lock_not_available: NOWAIT, and the lock timeout', async () => {
    const nowait = sql`select name from things where name = 'a' and note <> ${SECRET} for update nowait`;
    await db.transaction(async (holder) => {
      await run(holder, sql`select from things for update`);
      for (const failed of [await failing(way, nowait), await failing(way, update('a'), hurried)]) {
        expect(await failed.error).toMatchObject({ code: 'lock_not_available' });
      }
    });
  });

  it('statement_timeout', async () => {
    const { error } = await failing(way, sql`select pg_sleep(30), ${SECRET}::text`, hurried);
    expect(await error).toMatchObject({ code: 'statement_timeout' });
  });

  it('read_only', async () => {
    const { error } = await failing(way, update('a'), readOnly);
    expect(await error).toMatchObject({ code: 'read_only' });
  });

  it('permission_denied', async () => {
    const { error } = await failing(way, sql`delete from things where note = ${SECRET}`);
    expect(await error).toMatchObject({ code: 'permission_denied' });
  });
});

it('transaction_aborted: what follows an error in a transaction, and its COMMIT', async () => {
  const failed = db.transaction(async (tx) => {
    await run(tx, sql`select ${SECRET}::int`).then(null, () => 'swallowed');
    expect(await leakless(run(tx, update('a')))).toMatchObject({
      code: 'transaction_aborted',
      cause: { code: 'invalid_value' },
    });
  });
  expect(await leakless(failed)).toMatchObject({ code: 'transaction_aborted', cause: { code: 'invalid_value' } });
});
