import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Crud } from '../../src/db/crud.ts';
import type { Database } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { openFixture, people, someone } from './fixture.ts';

const crud = new Crud(repository(people, { name: 'person' }));
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

let db: Database;
let database: TestDatabase;
beforeAll(async () => {
  ({ db, database } = await openFixture());
});

describe('on a database', () => {
  beforeEach(() => resetWireStats(database));
  const oneRoundTrip = async () =>
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 1 }, websocket: { connections: 0 } });

  it('creates, committed, in one round trip', async () => {
    const row = await crud.create(db, someone({ name: 'Ada' }));
    await oneRoundTrip();
    expect(await crud.get(db, row.id)).toEqual(row);
  });

  it('updates the object, committed, in one round trip', async () => {
    const row = await crud.create(db, someone());
    await resetWireStats(database);
    const updated = await crud.update(db, row, { name: 'Ada' });
    await oneRoundTrip();
    expect(await crud.get(db, row.id)).toEqual(updated);
    await expect(crud.update(db, row, { name: 'Bob' })).rejects.toMatchObject({ code: 'stale_version' });
    expect(await crud.update(db, { id: row.id }, { name: 'Bob' })).toMatchObject({ name: 'Bob', version: 3 });
    await expect(crud.update(db, { id: NOBODY }, { name: 'Bob' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('removes and gives the object, committed, in one round trip', async () => {
    const row = await crud.create(db, someone());
    await resetWireStats(database);
    expect(await crud.remove(db, row.id)).toMatchObject({ id: row.id, isDeleted: true });
    await oneRoundTrip();
    await expect(crud.remove(db, row.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await crud.get(db, row.id)).toBeUndefined();
  });

  it('lists and pages', async () => {
    for (const age of [1, 2, 3]) await crud.create(db, someone({ name: 'listed', age }));
    const where = { name: 'listed' } as const;
    expect((await crud.getMulti(db, { where, offset: 1, limit: 1 })).map(({ age }) => age)).toEqual([2]);
    expect(await crud.list(db, { where, limit: 2 })).toMatchObject({ total: 3 });
    expect((await crud.page(db, { where, limit: 2, secret: 'a secret of sixteen' })).next).toBeTypeOf('string');
  });
});

describe('in a transaction', () => {
  it('joins: nothing is committed before the transaction is', async () => {
    const failure = new Error('no');
    const seen: (string | undefined)[] = [];
    await expect(
      db.transaction(async (tx) => {
        const row = await crud.create(tx, someone({ name: 'joined' }));
        await crud.update(tx, row, { name: 'changed' });
        seen.push((await crud.get(tx, row.id))?.name ?? undefined, (await crud.get(db, row.id))?.name ?? undefined);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(seen).toEqual(['changed', undefined]);
    expect(await crud.repository.withDeleted.count(db, { name: { in: ['joined', 'changed'] } })).toBe(0);
  });

  it('leaves the transaction usable after an error of its own', async () => {
    const row = await db.transaction(async (tx) => {
      await expect(crud.remove(tx, NOBODY)).rejects.toMatchObject({ code: 'not_found' });
      return crud.create(tx, someone());
    });
    expect(await crud.get(db, row.id)).toEqual(row);
  });

  it('is a part of a batch', async () => {
    const [a, b] = await db.batch((tx) => [crud.create(tx, someone()), crud.create(tx, someone())]);
    expect(await crud.repository.findMany(db, [a.id, b.id])).toEqual([a, b]);
  });
});
