import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, InteractiveTransaction, Session } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { openFixture, people, someone } from './fixture.ts';

const repo = repository(people);
const lowerEmail = sql`lower(${people.email})`;
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
});

const created = async (fields: Parameters<typeof someone>[0] = {}) =>
  (await db.batch((tx) => [repo.create(tx, someone(fields))]))[0];

/** Runs `meanwhile` while a transaction is open that has done `first`. */
async function during<R>(
  first: (tx: InteractiveTransaction) => Promise<unknown>,
  meanwhile: () => Promise<R>,
): Promise<R> {
  return db.transaction(async (tx) => {
    await first(tx);
    return meanwhile();
  });
}

describe('a row lock', () => {
  it.each(['update', 'no key update', 'share', 'key share'] as const)('is held by for %s', async (lock) => {
    const row = await created();
    await during(
      async (tx) => expect(await repo.get(tx, row.id, { lock })).toEqual(row),
      async () => {
        const locked = db.transaction((tx) =>
          repo.find(tx, row.id, { lock: { strength: 'update', noWait: true } }).then(),
        );
        await expect(locked).rejects.toMatchObject({ code: 'lock_not_available' });
      },
    );
    expect(await db.batch((tx) => [repo.get(tx, row.id, { lock: { strength: lock, noWait: true } })])).toEqual([row]);
  });

  it('skips what another holds', async () => {
    const rows = [await created({ name: 'queue' }), await created({ name: 'queue' }), await created({ name: 'queue' })];
    const where = { name: 'queue' } as const;
    const lock = { strength: 'update', skipLocked: true } as const;
    const rest = await during(
      async (tx) => expect(await repo.all(tx, { where, limit: 1, lock })).toEqual([rows[0]]),
      () => db.transaction(async (tx) => repo.all(tx, { where, lock })),
    );
    expect(rest).toEqual(rows.slice(1));
    const ids = rows.map(({ id }) => id);
    expect(await db.transaction(async (tx) => repo.findMany(tx, ids, { lock: 'share' }))).toEqual(rows);
    expect(await db.transaction(async (tx) => repo.findOne(tx, where, { lock: 'share' }))).toEqual(rows[0]);
  });

  it('needs a transaction, by type and at run time', () => {
    const session: Session = db;
    const refused = [
      // @ts-expect-error a Database holds no lock
      () => repo.find(db, NOBODY, { lock: 'update' }),
      // @ts-expect-error nor does a session that may be one
      () => repo.get(session, NOBODY, { lock: 'update' }),
      // @ts-expect-error
      () => repo.findMany(db, [NOBODY], { lock: 'share' }),
      // @ts-expect-error
      () => repo.all(db, { lock: { strength: 'update', noWait: true } }),
      // @ts-expect-error
      () => repo.findOne(db, {}, { lock: 'update' }),
    ];
    for (const read of refused) expect(read).toThrow('A row lock needs a transaction');
  });
});

describe('a write that waited for another', () => {
  /** Starts `write` while the row is changed but not committed, so that it must wait for that, and then see it. */
  async function behind<R>(change: (tx: InteractiveTransaction) => Promise<unknown>, write: () => Promise<R>) {
    let result: Promise<R> | undefined;
    await db.transaction(async (tx) => {
      await change(tx);
      result = write();
      result.catch(() => {});
      await waitedFor();
    });
    if (!result) throw new Error('never started');
    return result;
  }

  /** Until some session of this database waits for a lock. */
  async function waitedFor(): Promise<void> {
    const waiting = `select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    for (;;) {
      const [row] = await db.statement((q) => q.execute(waiting));
      if (Number(row?.n) > 0) return;
    }
  }

  it('sees a version that was raised meanwhile as stale', async () => {
    const row = await created();
    const late = behind(
      (tx) => repo.update(tx, row.id, { name: 'first' }).then(),
      () => db.batch((tx) => [repo.update(tx, row.id, { name: 'late' }, { version: 1 })]),
    );
    await expect(late).rejects.toMatchObject({ code: 'stale_version' });
    expect(await repo.get(db, row.id)).toMatchObject({ name: 'first', version: 2 });
  });

  it('sees a row that was given away meanwhile as forbidden', async () => {
    const row = await created();
    const late = behind(
      (tx) => repo.update(tx, row.id, { name: 'Eve' }).then(),
      () => db.batch((tx) => [repo.update(tx, row.id, { age: 1 }, { allowed: { name: row.name } })]),
    );
    await expect(late).rejects.toMatchObject({ code: 'forbidden' });
    expect(await repo.get(db, row.id)).toMatchObject({ name: 'Eve', age: row.age });
  });

  it('sees a row that was deleted meanwhile as gone', async () => {
    for (const expected of [{}, { version: 1 }]) {
      const row = await created();
      const late = behind(
        (tx) => repo.delete(tx, row.id).then(),
        () => db.batch((tx) => [repo.update(tx, row.id, { name: 'late' }, expected)]),
      );
      await expect(late).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('gets the row that was created meanwhile', async () => {
    const { email } = someone();
    const id = crypto.randomUUID();
    const [late] = await behind(
      (tx) => repo.create(tx, { id, email, name: 'first' }).then(),
      () => db.batch((tx) => [repo.getOrCreate(tx, { email, name: 'late' }, { on: [lowerEmail] })]),
    );
    expect(late).toMatchObject({ created: false, row: { id, name: 'first', version: 1 } });
  });

  it('creates the row if the other one was undone', async () => {
    const { email } = someone();
    const undone = new Error('undone');
    let late: Promise<unknown> | undefined;
    await expect(
      db.transaction(async (tx) => {
        await repo.create(tx, { email, name: 'first' });
        late = db.batch((tx) => [repo.getOrCreate(tx, { email, name: 'late' }, { on: [lowerEmail] })]);
        await waitedFor();
        throw undone;
      }),
    ).rejects.toBe(undone);
    expect(await late).toMatchObject([{ created: true, row: { name: 'late' } }]);
  });
});

describe('in an interactive transaction', () => {
  it('what is missed leaves the transaction usable', async () => {
    const row = await created();
    await db.transaction(async (tx) => {
      await expect(repo.get(tx, NOBODY)).rejects.toMatchObject({ code: 'not_found' });
      await expect(repo.update(tx, row.id, { name: 'x' }, { version: 9 })).rejects.toMatchObject({
        code: 'stale_version',
      });
      await repo.update(tx, row.id, { name: 'kept' });
    });
    expect(await repo.get(db, row.id)).toMatchObject({ name: 'kept' });
  });

  it('iterates over one snapshot, writing as it goes', async () => {
    await db.batch((tx) => [
      repo.createMany(
        tx,
        Array.from({ length: 30 }, () => someone({ name: 'walked' })),
      ),
    ]);
    const seen = await db.transaction(
      async (tx) => {
        let n = 0;
        for await (const row of repo.iterate(tx, { where: { name: 'walked' }, chunk: 7 })) {
          if (n++ === 0) await created({ name: 'walked' });
          await repo.update(tx, row.id, { age: n });
        }
        return n;
      },
      { isolation: 'repeatable read' },
    );
    expect(seen).toBe(30);
    expect(await repo.count(db, { name: 'walked', age: null })).toBe(1);
  });
});
