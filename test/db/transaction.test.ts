import { sql } from 'drizzle-orm';
import { describe, expect, it, vi } from 'vitest';
import type { Session, Transaction } from '../../src/db/database.ts';
import { withDatabase } from '../../src/db/neon.ts';
import { AppError } from '../../src/errors.ts';
import { add, database, db, names, run, thrown, useThings } from './things.ts';

useThings();

describe('the outcome', () => {
  it('is committed when the body ends, and gives its value', async () => {
    const value = await db.transaction(async (tx) => {
      await add(tx, 'a');
      expect(await names()).toEqual([]); // not visible outside
      expect(await names(tx)).toEqual(['a']);
      return 42;
    });
    expect([value, await names()]).toEqual([42, ['a']]);
  });

  it('is rolled back when the body throws, and the very error is thrown', async () => {
    const error = new Error('mine');
    const failed = db.transaction(async (tx) => {
      await add(tx, 'a');
      throw error;
    });
    expect(await thrown(failed)).toBe(error);
    expect(await names()).toEqual([]);
  });

  it('is an error when the body swallowed one: a false commit cannot happen', async () => {
    const failed = db.transaction(async (tx) => {
      await add(tx, 'a');
      await add(tx, 'a').then(null, () => 'swallowed');
      return 'looks fine';
    });
    expect(await thrown(failed)).toMatchObject({ code: 'transaction_aborted', cause: { code: 'conflict' } });
    expect(await names()).toEqual([]);
  });

  it('is rolled back by a constraint that is checked at COMMIT', async () => {
    await run(
      db,
      sql`create table deferred (id int primary key, other int references deferred deferrable initially deferred)`,
    );
    const failed = db.transaction(async (tx) => run(tx, sql`insert into deferred values (1, 2)`));
    expect(await thrown(failed)).toMatchObject({ code: 'foreign_key', table: 'deferred' });
  });

  it('is rolled back by the statements that nobody awaited', async () => {
    const failed = db.transaction(async (tx) => {
      await add(tx, 'a');
      void add(tx, 'a').then(null, () => {});
    });
    expect(await thrown(failed)).toMatchObject({ code: 'transaction_aborted' });
  });

  it('includes the statements that nobody awaited', async () => {
    await db.transaction(async (tx) => {
      void add(tx, 'a').then();
    });
    expect(await names()).toEqual(['a']);
  });

  it.each([sql`  commit`, sql`/* x */ commit`, sql`-- x\n rollback`, sql`END`])(
    'cannot be faked by plain SQL',
    async (query) => {
      const transaction = db.transaction(async (tx) => add(tx, 'a').then(() => run(tx, query)));
      expect(await thrown(transaction)).toMatchObject({ code: 'misuse' });
      expect(await thrown(db.batch((tx) => [add(tx, 'a'), run(tx, query)]))).toMatchObject({ code: 'misuse' });
      expect(await names()).toEqual([]);
    },
  );

  it("is told as failed where the body's error was to commit and the COMMIT failed", async () => {
    await run(db, sql`create table late (id int primary key, other int references late deferrable initially deferred)`);
    const mine = new Error('mine');
    const failed = db.transaction(
      async (tx) => {
        await run(tx, sql`insert into late values (1, 2)`);
        throw mine;
      },
      { rollbackOn: () => false },
    );
    expect(await thrown(failed)).toMatchObject({ code: 'foreign_key', table: 'late', cause: mine });
  });

  it('is rolled back where rollbackOn itself throws', async () => {
    const mine = new Error('mine');
    const failed = db.transaction(
      async (tx) => {
        await add(tx, 'a');
        throw mine;
      },
      {
        rollbackOn: () => {
          throw new Error('cannot decide');
        },
      },
    );
    expect(await thrown(failed)).toBe(mine);
    expect(await names()).toEqual([]);
  });

  it('of a batch is that of its statements, not of reading their results', async () => {
    const log: string[] = [];
    const failed = db.batch((tx) => {
      tx.afterCommit(() => log.push('committed'));
      tx.afterRollback(() => log.push('undone'));
      return [
        add(tx, 'a').map(() => {
          throw new Error('reading');
        }),
      ];
    });
    expect(await thrown(failed)).toMatchObject({ message: 'reading' });
    expect([log, await names()]).toEqual([['committed'], ['a']]);
  });

  it('is an error for COPY, which nobody feeds', async () => {
    expect(await thrown(db.transaction(async (tx) => run(tx, sql`copy things from stdin`)))).toBeInstanceOf(AppError);
  });
});

describe('options', () => {
  it('commit: false runs, then rolls back', async () => {
    expect(await db.transaction(async (tx) => add(tx, 'a').then(() => names(tx)), { commit: false })).toEqual(['a']);
    expect(await names()).toEqual([]);
  });

  it('rollbackOn decides which errors roll back; all are thrown', async () => {
    const body = (message: string) => async (tx: Transaction) => {
      await add(tx, message);
      throw new Error(message);
    };
    const rollbackOn = (error: unknown) => !(error instanceof Error && error.message === 'keep');
    expect(await thrown(db.transaction(body('keep'), { rollbackOn }))).toMatchObject({ message: 'keep' });
    expect(await thrown(db.transaction(body('drop'), { rollbackOn }))).toMatchObject({ message: 'drop' });
    expect(await names()).toEqual(['keep']);
  });

  it('isolation, readOnly and deferrable reach Postgres', async () => {
    const settings = sql`select current_setting('transaction_isolation') as i, current_setting('transaction_read_only') as r,
      current_setting('transaction_deferrable') as d`;
    const options = { isolation: 'serializable', readOnly: true, deferrable: true } as const;
    const expected = [{ i: 'serializable', r: 'on', d: 'on' }];
    expect(await db.transaction(async (tx) => run(tx, settings), options)).toEqual(expected);
    expect(await db.batch((tx) => [run(tx, settings)], options)).toEqual([expected]);
    expect(await thrown(db.transaction(async (tx) => add(tx, 'a'), { readOnly: true }))).toMatchObject({
      code: 'read_only',
    });
  });

  it('time zone, time-outs and settings hold for the transaction alone', async () => {
    const [row] = await db.transaction(
      async (tx) =>
        run(
          tx,
          sql`select current_setting('timezone') as zone, current_setting('statement_timeout') as statement,
              current_setting('lock_timeout') as lock, current_setting('app.user_id') as user`,
        ),
      { statementTimeoutMs: 1500, lockTimeoutMs: 500, settings: { 'app.user_id': 'ada' } },
    );
    expect(row).toEqual({ zone: 'UTC', statement: '1500ms', lock: '500ms', user: 'ada' });
    const [after] = await run(db, sql`select current_setting('app.user_id', true) as user`);
    expect(after?.user || null).toBeNull();
  });

  it('settings are what a row-level-security policy reads', async () => {
    await run(db, sql`create table notes (owner text not null, body text not null)`);
    await run(db, sql`insert into notes values ('ada', 'hers'), ('bob', 'his')`);
    await run(db, sql`alter table notes enable row level security`);
    await run(db, sql`create policy own on notes using (owner = current_setting('app.user_id', true))`);
    await run(db, sql`create role ${sql.raw(database.name)}`);
    await run(db, sql`grant select on notes to ${sql.raw(database.name)}`);
    const read = async (user: string) =>
      db.transaction(async (tx) => run(tx, sql`select body from notes`), {
        settings: { role: database.name, 'app.user_id': user },
      });
    expect([await read('ada'), await read('bob'), await read('eve')]).toEqual([
      [{ body: 'hers' }],
      [{ body: 'his' }],
      [],
    ]);
  });

  it('the statement time-out ends a statement, the deadline everything', async () => {
    const sleep = async (tx: Session) => run(tx, sql`select pg_sleep(20)`);
    expect(await thrown(db.transaction(sleep, { statementTimeoutMs: 50 }))).toMatchObject({
      code: 'statement_timeout',
    });
    expect(await thrown(db.transaction(sleep, { deadlineMs: 300 }))).toMatchObject({ code: 'deadline_exceeded' });
    const hanging = db.transaction(async (tx) => add(tx, 'a').then(() => new Promise(() => {})), { deadlineMs: 300 });
    expect(await thrown(hanging)).toMatchObject({ code: 'deadline_exceeded' });
    expect(await names()).toEqual([]);
  });
});

describe('what has ended', () => {
  it('a transaction refuses further statements', async () => {
    let kept: Transaction | undefined;
    await db.transaction(async (tx) => {
      kept = tx;
      await add(tx, 'a');
    });
    expect(await thrown(add(kept as Transaction, 'b').then())).toMatchObject({
      code: 'transaction_finished',
      name: 'TransactionFinished',
    });
  });

  it('a database refuses everything', async () => {
    const closed = await withDatabase({ url: database.url }, async (open) => open);
    for (const attempt of [
      run(closed, sql`select 1`).then(),
      closed.batch((tx) => [add(tx, 'a')]),
      closed.transaction(async (tx) => add(tx, 'a')),
    ]) {
      expect(await thrown(attempt)).toMatchObject({ code: 'database_closed', name: 'DatabaseClosed' });
    }
  });
});

it('leaves no backend behind', async () => {
  await Promise.allSettled([
    db.transaction(async (tx) => add(tx, 'a')),
    db.transaction(async (tx) => run(tx, sql`select 1/0`)),
    db.transaction(async (tx) => run(tx, sql`select pg_sleep(5)`), { deadlineMs: 100, statementTimeoutMs: 300 }),
  ]);
  await vi.waitFor(async () => {
    const open = sql`select pid from pg_stat_activity where datname = current_database() and application_name = 'kura'
      and pid <> pg_backend_pid() and state <> 'idle'`;
    expect(await run(db, open)).toEqual([]);
  }, 10_000);
});
