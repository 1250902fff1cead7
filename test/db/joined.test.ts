import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, InteractiveTransaction } from '../../src/db/database.ts';
import { type UnitOfWork, unitOfWork } from '../../src/db/joined.ts';
import { AppError } from '../../src/errors.ts';
import { resetWireStats, wireStats } from '../support/database.ts';
import { add, database, db, names, run, thrown, useThings } from './things.ts';

useThings();

let work: UnitOfWork;
let unit: Database;
beforeEach(async () => {
  work = unitOfWork(db, async () => {});
  unit = work.database;
  await resetWireStats(database);
});
afterEach(() => work.rollback());

const begin = (first: (tx: InteractiveTransaction) => PromiseLike<unknown>) => {
  work = unitOfWork(db, first);
  unit = work.database;
};
const last = (name: string) => (q: Parameters<Parameters<InteractiveTransaction['ride']>[0]>[0]) =>
  q.execute(sql`insert into things (name) values (${name})`);
const settingOf = (name: string) => sql`select current_setting(${name}, true) as value`;
const trips = async () => {
  const { http, websocket } = await wireStats(database);
  return { http: http.roundTrips, websocket: websocket.roundTrips, connections: websocket.connections };
};

describe('a unit of work', () => {
  it('saves all at its commit, and nothing before', async () => {
    await unit.batch((tx) => [add(tx, 'a')]);
    await unit.transaction(async (tx) => add(tx, 'b'));
    await run(unit, sql`insert into things (name) values ('c')`);
    expect([await names(unit), await names()]).toEqual([['a', 'b', 'c'], []]);
    await work.commit(last('d'));
    expect(await names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('undoes all', async () => {
    await unit.batch((tx) => [add(tx, 'a')]);
    await unit.outside.batch((tx) => [add(tx, 'outside')]);
    await work.rollback();
    expect(await names()).toEqual(['outside']);
    expect(await thrown(unit.batch((tx) => [add(tx, 'b')]))).toMatchObject({ code: 'transaction_finished' });
  });

  it('costs one round trip for a batch, and one for the last statement and COMMIT', async () => {
    begin((tx) => tx.ride((q) => q.execute(sql`insert into things (name) values ('first')`)));
    await unit.batch((tx) => [add(tx, 'a'), add(tx, 'b')], { settings: { 'app.user_id': 'ada' } });
    await work.commit(last('c'));
    expect(await trips()).toEqual({ http: 0, websocket: 2, connections: 1 });
    expect(await names()).toEqual(['a', 'b', 'c', 'first']);
  });

  it('costs nothing where it is undone before its first write', async () => {
    await work.rollback();
    expect(await trips()).toEqual({ http: 0, websocket: 0, connections: 0 });
  });

  it('saves its last statement though nothing else was written', async () => {
    begin((tx) => tx.ride((q) => q.execute(sql`insert into things (name) values ('first')`)));
    await work.commit(last('only'));
    expect(await names()).toEqual(['first', 'only']);
  });

  it('is not saved without its last statement', async () => {
    await unit.batch((tx) => [add(tx, 'a')]);
    expect(await thrown(work.commit(last('a')))).toMatchObject({ code: 'conflict', table: 'things' });
    expect(await names()).toEqual([]);
  });

  it('fails with the error of what rides first, whatever is sent with it', async () => {
    const fail = (tx: InteractiveTransaction) => tx.ride((q) => q.execute(sql`select kura_fail('KU409', 'things')`));
    begin(fail);
    const batch = unit.batch((tx) => [add(tx, 'a'), add(tx, 'b')]);
    expect(await thrown(batch)).toMatchObject({ code: 'idempotency_in_progress' });
    await work.rollback();
    begin(fail);
    const transaction = unit.transaction(async (tx) => add(tx, 'a'));
    expect(await thrown(transaction)).toMatchObject({ code: 'idempotency_in_progress' });
    expect(await thrown(work.commit(last('c')))).toMatchObject({ cause: { code: 'idempotency_in_progress' } });
    begin(fail);
    expect(await thrown(work.commit(last('c')))).toMatchObject({ cause: { code: 'idempotency_in_progress' } });
    expect(await names()).toEqual([]);
  });
});

describe('a part of it', () => {
  it('that fails is undone by itself', async () => {
    await unit.batch((tx) => [add(tx, 'a')]);
    expect(await thrown(unit.batch((tx) => [add(tx, 'b'), add(tx, 'a')]))).toMatchObject({ code: 'conflict' });
    const mine = new Error('mine');
    const failed = unit.transaction(async (tx) => {
      await add(tx, 'c');
      throw mine;
    });
    expect(await thrown(failed)).toBe(mine);
    expect(await thrown(run(unit, sql`select 1/0`).then())).toBeInstanceOf(AppError);
    await work.commit(last('z'));
    expect(await names()).toEqual(['a', 'z']);
  });

  it('that fails first leaves the others a transaction', async () => {
    expect(await thrown(unit.batch((tx) => [add(tx, 'a'), add(tx, 'a')]))).toMatchObject({ code: 'conflict' });
    await unit.batch((tx) => [add(tx, 'b')]);
    await work.commit(last('z'));
    expect(await names()).toEqual(['b', 'z']);
  });

  it('takes its turn beside another, and reads beside it go on', async () => {
    const [, , seen] = await Promise.all([
      unit.batch((tx) => [add(tx, 'a')]),
      unit.transaction(async (tx) => add(tx, 'b')),
      unit.statement((q) => q.select({ name: sql`name` }).from(sql`things`)),
    ]);
    expect(seen).toEqual([]);
    void unit.batch((tx) => [add(tx, 'nobody waits for it')]);
    await work.commit(last('z'));
    expect(await names()).toEqual(['a', 'b', 'nobody waits for it', 'z']);
  });

  it('takes statements that were made on the database', async () => {
    await unit.batch(() => [run(unit, sql`insert into things (name) values ('a')`)]);
    await work.commit(last('z'));
    expect(await names()).toEqual(['a', 'z']);
  });

  it('has settings of its own', async () => {
    const value = async (options = {}) =>
      (await unit.batch((tx) => [run(tx, settingOf('app.user_id'))], options))[0][0]?.value;
    expect(await value({ settings: { 'app.user_id': 'ada' } })).toBe('ada');
    expect(await value()).toBe('');
    expect(await value({ settings: { 'app.user_id': 'bob' } })).toBe('bob');
    expect(await value({ settings: { 'app.other': 'x' } })).toBe('');
    const timeouts = { statementTimeoutMs: 1500, lockTimeoutMs: 500 };
    const [[statement], [lock]] = await unit.batch(
      (tx) => [run(tx, settingOf('statement_timeout')), run(tx, settingOf('lock_timeout'))],
      timeouts,
    );
    expect([statement?.value, lock?.value]).toEqual(['1500ms', '500ms']);
  });

  it('that is the first gives the isolation', async () => {
    const isolation = settingOf('transaction_isolation');
    const options = { isolation: 'serializable' } as const;
    expect(await unit.batch((tx) => [run(tx, isolation)], options)).toEqual([[{ value: 'serializable' }]]);
    expect(await unit.transaction(async (tx) => run(tx, isolation), options)).toEqual([{ value: 'serializable' }]);
    const other = unit.batch((tx) => [add(tx, 'a')], { isolation: 'repeatable read' });
    expect(await thrown(other)).toMatchObject({ code: 'misuse' });
    await work.rollback();
  });

  it('that only reads begins nothing, and writes nothing', async () => {
    const readOnly = { readOnly: true };
    await unit.batch((tx) => [run(tx, sql`select 1`)], readOnly);
    await unit.transaction(async (tx) => run(tx, sql`select 1`), readOnly);
    await work.rollback();
    expect(await thrown(unit.batch((tx) => [add(tx, 'a')]).then())).toMatchObject({ code: 'transaction_finished' });

    begin(async () => {});
    await unit.batch((tx) => [add(tx, 'a')]);
    expect(await thrown(unit.batch((tx) => [add(tx, 'b')], readOnly))).toMatchObject({ code: 'read_only' });
    expect(await unit.transaction(async (tx) => names(tx), readOnly)).toEqual(['a']);
    await unit.batch((tx) => [add(tx, 'c')]);
    await work.commit(last('z'));
    expect(await names()).toEqual(['a', 'c', 'z']);
  });

  it.each([{ commit: false }, { rollbackOn: () => false }])(
    'cannot be saved or undone by itself: %o',
    async (options) => {
      const transaction = unit.transaction(async (tx) => add(tx, 'a'), options);
      expect(await thrown(transaction)).toMatchObject({ code: 'misuse' });
    },
  );
});

describe('hooks', () => {
  const log: string[] = [];
  const write = (name: string) =>
    unit.batch((tx) => {
      tx.afterCommit(() => log.push(`${name} saved on ${tx.database === db}`));
      tx.afterRollback(() => log.push(`${name} undone`));
      return [add(tx, name)];
    });
  beforeEach(() => {
    log.length = 0;
  });

  it('run once all is committed, and those of a part that failed as undone', async () => {
    await write('a');
    await thrown(write('a'));
    expect(log).toEqual([]);
    await work.commit(last('z'));
    expect(log).toEqual(['a saved on true', 'a undone']);
  });

  it('run once all is undone', async () => {
    await write('a');
    await work.rollback();
    expect(log).toEqual(['a undone']);
  });
});

describe('what it is not', () => {
  it('a database that is closed', async () => {
    const { openDatabase } = await import('../../src/db/neon.ts');
    const closed = openDatabase({ url: database.url });
    work = unitOfWork(closed, async () => {});
    await work.database.close();
    expect(await thrown(work.database.batch((tx) => [add(tx, 'a')]))).toMatchObject({ code: 'database_closed' });
    expect(await thrown(work.commit(last('z')))).toMatchObject({ code: 'database_closed' });
    await work.rollback();
  });
});

describe('a statement that rides', () => {
  it('leaves with the next one, in order, and with COMMIT at the latest', async () => {
    await db.transaction(async (tx) => {
      await tx.ride((q) => q.execute(sql`insert into things (name) values ('a')`));
      expect(await names(tx)).toEqual(['a']);
      await tx.ride((q) => q.execute(sql`update things set n = 7`));
    });
    expect(await trips()).toEqual({ http: 0, websocket: 2, connections: 1 });
    expect(await run(db, sql`select name, n from things`)).toEqual([{ name: 'a', n: 7 }]);
  });

  it('is saved in a transaction of nothing else, and not in one that is undone', async () => {
    await db.transaction((tx) => tx.ride(last('a')));
    await db.transaction((tx) => tx.ride(last('b')), { commit: false });
    expect(await names()).toEqual(['a']);
  });

  it('is undone with its savepoint, sent or not', async () => {
    await db.transaction(async (tx) => {
      await add(tx, 'a');
      const inner = tx.transaction(async (savepoint) => {
        await savepoint.ride(last('b'));
        throw new Error('mine');
      });
      await thrown(inner);
      const sent = tx.transaction(async (savepoint) => {
        await savepoint.ride(last('c'));
        await names(savepoint);
        throw new Error('mine');
      });
      await thrown(sent);
    });
    expect(await names()).toEqual(['a']);
  });

  it('cannot end the transaction, nor ride on one that has ended', async () => {
    let kept: InteractiveTransaction | undefined;
    const failed = db.transaction(async (tx) => {
      kept = tx;
      await tx.ride((q) => q.execute(sql`commit`));
    });
    expect(await thrown(failed)).toMatchObject({ code: 'misuse' });
    expect(await thrown((kept as InteractiveTransaction).ride(last('a')))).toMatchObject({
      code: 'transaction_finished',
    });
  });
});
