import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { living } from '../../src/db/repository/entity.ts';
import { repository } from '../../src/db/repository.ts';
import { counters, notes, openFixture, people, someone } from './fixture.ts';

const repo = repository(people);
const counted = repository(counters);
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
});

async function pair(name: string) {
  const [alive, dead] = await db.batch((tx) => [
    repo.create(tx, someone({ name, age: 1 })),
    repo.create(tx, someone({ name, age: 2 })),
  ]);
  await db.batch((tx) => [repo.delete(tx, dead.id)]);
  return { alive, dead };
}

describe('delete', () => {
  it('marks a row by the clock of the database', async () => {
    const { dead } = await pair('marked');
    expect(await repo.withDeleted.get(db, dead.id)).toMatchObject({ isDeleted: true, deletedAt: expect.any(Date) });
  });

  it('changes nothing the second time', async () => {
    const { dead } = await pair('twice');
    const once = await repo.withDeleted.get(db, dead.id);
    for (const view of [repo, repo.withDeleted, repo.onlyDeleted]) {
      expect(await db.batch((tx) => [view.delete(tx, dead.id)])).toEqual([false]);
    }
    expect(await repo.withDeleted.get(db, dead.id)).toEqual(once);
    expect(await db.batch((tx) => [repo.delete(tx, NOBODY)])).toEqual([false]);
  });

  it('compares the version, and tells a stale one from a row that is not there', async () => {
    const [row] = await db.batch((tx) => [repo.create(tx, someone())]);
    await db.batch((tx) => [repo.update(tx, row.id, { name: 'x' })]);
    await expect(db.batch((tx) => [repo.delete(tx, row.id, { version: 1 })])).rejects.toMatchObject({
      code: 'stale_version',
    });
    expect(await db.batch((tx) => [repo.delete(tx, row.id, { version: 2 })])).toEqual([true]);
    expect(await db.batch((tx) => [repo.delete(tx, row.id, { version: 2 })])).toEqual([false]);
  });

  it('removes rows of a table without soft deletion', async () => {
    const [row] = await db.batch((tx) => [counted.create(tx, { name: 'gone' })]);
    expect(await db.batch((tx) => [counted.delete(tx, row.id)])).toEqual([true]);
    expect(await db.batch((tx) => [counted.delete(tx, row.id)])).toEqual([false]);
    await expect(db.batch((tx) => [counted.restore(tx, row.id)])).rejects.toThrow('deleted for good');
  });

  it('gives the row by remove, and counts by deleteMany', async () => {
    const { alive } = await pair('counted');
    expect(await db.batch((tx) => [repo.deleteMany(tx, { name: 'counted' })])).toEqual([1]);
    await expect(db.batch((tx) => [repo.remove(tx, alive.id)])).rejects.toMatchObject({ code: 'not_found' });
    const [row] = await db.batch((tx) => [repo.create(tx, someone())]);
    expect(await db.batch((tx) => [repo.remove(tx, row.id)])).toMatchObject([{ id: row.id, isDeleted: true }]);
  });
});

describe('a deleted row', () => {
  it('is left out of every read and write', async () => {
    const { alive, dead } = await pair('hidden');
    const where = { name: 'hidden' } as const;
    expect(await repo.find(db, dead.id)).toBeUndefined();
    await expect(repo.get(db, dead.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await repo.findMany(db, [dead.id, alive.id])).toEqual([alive]);
    expect(await repo.findOne(db, { name: 'hidden', age: 2 })).toBeUndefined();
    expect(await repo.all(db, { where })).toEqual([alive]);
    expect(await repo.list(db, { where })).toMatchObject({ total: 1 });
    expect(await repo.page(db, { where, total: true, secret: 'a secret of sixteen' })).toMatchObject({ total: 1 });
    expect(await repo.count(db, where)).toBe(1);
    expect(await repo.exists(db, dead.id)).toBe(false);
    expect(await collect(repo.iterate(db, { where }))).toEqual([alive]);
    await expect(db.batch((tx) => [repo.update(tx, dead.id, { name: 'x' })])).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(db.batch((tx) => [repo.increment(tx, dead.id, { age: 1 })])).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await db.batch((tx) => [repo.updateMany(tx, where, { isActive: false })])).toEqual([1]);
  });

  it('is in the views that are for it', async () => {
    const { alive, dead } = await pair('viewed');
    const where = { name: 'viewed' } as const;
    expect(await repo.withDeleted.count(db, where)).toBe(2);
    expect((await repo.onlyDeleted.all(db, { where })).map(({ id }) => id)).toEqual([dead.id]);
    expect(await repo.onlyDeleted.find(db, alive.id)).toBeUndefined();
    expect(await repo.count(db, where)).toBe(1);
  });

  it('is left out of a join by the helper', async () => {
    const { alive, dead } = await pair('joined');
    await db.batch((tx) => [
      repository(notes).createMany(
        tx,
        [alive, dead].map(({ id }) => ({ personId: id, body: 'joined' })),
      ),
    ]);
    const joined = (helper: typeof living) =>
      db.statement((q) =>
        q
          .select({ id: people.id })
          .from(notes)
          .innerJoin(people, helper(people, eq(notes.personId, people.id)))
          .where(eq(notes.body, 'joined')),
      );
    expect(await joined(living)).toEqual([{ id: alive.id }]);
    expect(await joined((_, on) => on ?? sql`true`)).toHaveLength(2);
  });

  it('lives again by restore, unless its place is taken', async () => {
    const { dead, alive } = await pair('restored');
    expect(await db.batch((tx) => [repo.restore(tx, dead.id)])).toEqual([true]);
    expect(await repo.get(db, dead.id)).toMatchObject({ isDeleted: false, deletedAt: null });
    expect(await db.batch((tx) => [repo.restore(tx, dead.id), repo.restore(tx, alive.id)])).toEqual([false, false]);
    await db.batch((tx) => [repo.delete(tx, dead.id), repo.create(tx, { email: dead.email })]);
    await expect(db.batch((tx) => [repo.restore(tx, dead.id)])).rejects.toMatchObject({ code: 'conflict' });
  });

  it('goes for good by purge, as a living one does', async () => {
    const { alive, dead } = await pair('purged');
    const purged = await db.batch((tx) => [repo.purge(tx, dead.id), repo.purge(tx, alive.id), repo.purge(tx, NOBODY)]);
    expect(purged).toEqual([true, true, false]);
    expect(await repo.withDeleted.count(db, { name: 'purged' })).toBe(0);
    await pair('swept');
    expect(await db.batch((tx) => [repo.onlyDeleted.purgeMany(tx, { name: 'swept' })])).toEqual([1]);
    expect(await db.batch((tx) => [repo.purgeMany(tx, { name: 'swept' })])).toEqual([1]);
  });
});

async function collect<R>(rows: AsyncIterable<R>): Promise<R[]> {
  const all: R[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
