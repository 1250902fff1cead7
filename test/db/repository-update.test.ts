import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Transaction } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { openFixture, people, someone } from './fixture.ts';

const repo = repository(people, { name: 'person' });
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
});

const created = async (fields: Parameters<typeof someone>[0] = {}) =>
  (await db.batch((tx) => [repo.create(tx, someone(fields))]))[0];

describe('update', () => {
  it('sets the given fields only: null empties, undefined leaves', async () => {
    const row = await created({ name: 'Ada', age: 36 });
    const [updated] = await db.batch((tx) => [repo.update(tx, row.id, { name: undefined, age: null })]);
    expect(updated).toEqual({ ...row, age: null, version: 2, updatedAt: updated.updatedAt });
    expect(updated.updatedAt.getTime()).toBeGreaterThanOrEqual(row.updatedAt.getTime());
  });

  it.each([{}, { name: undefined }])('gives the row unchanged for an empty patch', async (patch) => {
    const row = await created();
    expect(await db.batch((tx) => [repo.update(tx, row.id, patch)])).toEqual([row]);
    expect(await db.batch((tx) => [repo.update(tx, row.id, patch, { version: 1 })])).toEqual([row]);
    await expect(db.batch((tx) => [repo.update(tx, row.id, patch, { version: 2 })])).rejects.toMatchObject({
      code: 'stale_version',
    });
  });

  it.each([['nmae'], ['id'], ['version'], ['createdAt'], ['isDeleted'], ['constructor']])(
    'refuses %s',
    async (field) => {
      const row = await created();
      const patch = { name: 'x', [field]: null };
      await expect(db.batch((tx) => [repo.update(tx, row.id, patch)])).rejects.toMatchObject({
        code: 'invalid_input',
        fields: [{ path: field }],
      });
    },
  );

  it('tells a stale version from a row that is not there', async () => {
    const row = await created();
    await db.batch((tx) => [repo.update(tx, row.id, { name: 'a' }, { version: 1 })]);
    await expect(db.batch((tx) => [repo.update(tx, row.id, { name: 'b' }, { version: 1 })])).rejects.toMatchObject({
      code: 'stale_version',
      message: 'The person has changed since it was read',
    });
    await expect(db.batch((tx) => [repo.update(tx, NOBODY, { name: 'b' }, { version: 1 })])).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(db.batch((tx) => [repo.update(tx, NOBODY, { name: 'b' })])).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await repo.get(db, row.id)).toMatchObject({ name: 'a', version: 2 });
  });

  it.each([
    ['update', (tx: Transaction) => repo.update(tx, NOBODY, { name: 'x' })],
    ['remove', (tx: Transaction) => repo.remove(tx, NOBODY)],
    ['get', (tx: Transaction) => repo.get(tx, NOBODY)],
  ])('saves nothing of a batch whose %s misses its row', async (_, miss) => {
    const email = someone().email;
    await expect(db.batch((tx) => [repo.create(tx, { email }), miss(tx)])).rejects.toMatchObject({ code: 'not_found' });
    expect(await repo.exists(db, { email })).toBe(false);
  });

  it('lets exactly one of many with the same version through', async () => {
    const row = await created();
    const attempts = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) =>
        db.batch((tx) => [repo.update(tx, row.id, { name: `n${i}` }, { version: 1 })]),
      ),
    );
    const reasons = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason.code] : []));
    expect(reasons).toEqual(Array(11).fill('stale_version'));
    expect(await repo.get(db, row.id)).toMatchObject({ version: 2 });
  });

  it('increments without a lost update', async () => {
    const row = await created({ age: 1 });
    await Promise.all(
      Array.from({ length: 10 }, () =>
        db.batch((tx) => [repo.increment(tx, row.id, { age: 2, visits: 2n ** 40n, balance: '0.1' })]),
      ),
    );
    expect(await repo.get(db, row.id)).toMatchObject({ age: 21, visits: 10n * 2n ** 40n, balance: '1.0', version: 11 });
    // @ts-expect-error a text cannot be incremented
    const wrong: Parameters<typeof repo.increment>[2] = { name: 'x' };
    expect(wrong).toBeDefined();
  });

  it('changes many, and counts them', async () => {
    await created({ name: 'many', age: 1 });
    await created({ name: 'many', age: 2 });
    expect(await db.batch((tx) => [repo.updateMany(tx, { name: 'many' }, { isActive: false })])).toEqual([2]);
    expect(await repo.count(db, { name: 'many', isActive: false })).toBe(2);
    expect(await db.batch((tx) => [repo.updateMany(tx, { name: 'none' }, { isActive: false })])).toEqual([0]);
  });
});

it('keeps who made and who changed a row', async () => {
  const [ada, bob] = [NOBODY, crypto.randomUUID()];
  const as = (tx: Transaction, user: string) =>
    tx.statement((q) => q.execute(sql`select set_config('app.user_id', ${user}, true)`));
  const [, row] = await db.batch((tx) => [as(tx, ada), repo.create(tx, someone())]);
  expect(row).toMatchObject({ createdBy: ada, updatedBy: ada });
  const [, changed] = await db.batch((tx) => [as(tx, bob), repo.update(tx, row.id, { name: 'x' })]);
  expect(changed).toMatchObject({ createdBy: ada, updatedBy: bob });
  const [again] = await db.batch((tx) => [repo.update(tx, row.id, { name: 'y', updatedBy: ada })]);
  expect(again).toMatchObject({ updatedBy: ada });
});
