import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Transaction } from '../../src/db/database.ts';
import { type Expected, repository } from '../../src/db/repository.ts';
import { openFixture, people, someone } from './fixture.ts';

const repo = repository(people, { name: 'person' });
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
});

const created = async () => (await db.batch((tx) => [repo.create(tx, someone({ name: 'Ada', age: 36 }))]))[0];

type Change = (tx: Transaction, id: string, expected: Expected<typeof people>) => PromiseLike<unknown>;
const changes: [string, Change][] = [
  ['update', (tx, id, expected) => repo.update(tx, id, { name: 'Bea' }, expected)],
  ['an empty update', (tx, id, expected) => repo.update(tx, id, {}, expected)],
  ['increment', (tx, id, expected) => repo.increment(tx, id, { age: 1 }, expected)],
  ['delete', (tx, id, expected) => repo.delete(tx, id, expected)],
  ['remove', (tx, id, expected) => repo.remove(tx, id, expected)],
];

describe.each(changes)('%s', (name, change) => {
  const gone = name === 'delete' ? false : 'not_found';
  it.each<[string, Expected<typeof people>, unknown]>([
    ['allowed', { allowed: { name: 'Ada' } }, undefined],
    ['allowed, of the version', { allowed: { age: { gt: 1 } }, version: 1, where: { isActive: true } }, undefined],
    ['allowed by SQL', { allowed: { and: [sql`age = 36`] } }, undefined],
    ['not allowed', { allowed: { name: 'Eve' } }, 'forbidden'],
    ['not allowed by a NULL', { allowed: { seenAt: { lt: new Date() } } }, 'forbidden'],
    ['not allowed by SQL', { allowed: { not: sql`age = 36` } }, 'forbidden'],
    ['not allowed, and stale', { allowed: { name: 'Eve' }, version: 9 }, 'forbidden'],
    ['allowed, but stale', { allowed: { name: 'Ada' }, version: [8, 9] }, 'stale_version'],
    ['not there', { where: { name: 'Eve' } }, gone],
    ['not there, and not allowed', { where: { name: 'Eve' }, allowed: { name: 'Eve' }, version: 9 }, gone],
  ])('%s', async (_, expected, outcome) => {
    for (const way of ['batch', 'transaction'] as const) {
      const row = await created();
      const result = await (way === 'batch'
        ? db.batch((tx) => [change(tx, row.id, expected) as ReturnType<typeof repo.delete>]).then(([value]) => value)
        : db.transaction(async (tx) => change(tx, row.id, expected))
      ).catch((error: { code: string }) => error.code);
      if (outcome === undefined) expect(result).toSatisfy((value) => value === true || typeof value === 'object');
      else {
        expect(result).toBe(outcome);
        expect(await repo.get(db, row.id)).toEqual(row);
      }
    }
  });
});

it('says what may not be changed', async () => {
  const { id } = await created();
  await expect(db.batch((tx) => [repo.update(tx, id, {}, { allowed: { name: 'Eve' } })])).rejects.toMatchObject({
    code: 'forbidden',
    message: 'You may not change this person',
  });
  await expect(db.batch((tx) => [repo.update(tx, NOBODY, {}, { allowed: { name: 'Eve' } })])).rejects.toMatchObject({
    code: 'not_found',
  });
});

it('undoes the batch of a row that may not be changed', async () => {
  const { id } = await created();
  const { email } = someone();
  const batch = db.batch((tx) => [repo.create(tx, { email }), repo.remove(tx, id, { allowed: { name: 'Eve' } })]);
  await expect(batch).rejects.toMatchObject({ code: 'forbidden' });
  expect(await repo.exists(db, { email })).toBe(false);
});

it('finds a row only where it is of the filter', async () => {
  const { id } = await created();
  expect(await repo.find(db, id, { where: { name: 'Ada' } })).toMatchObject({ id });
  expect(await repo.find(db, id, { where: { name: 'Eve' } })).toBeUndefined();
  await expect(repo.get(db, id, { where: { name: 'Eve' } })).rejects.toMatchObject({ code: 'not_found' });
  await expect(db.batch((tx) => [repo.get(tx, id, { where: { name: 'Eve' } })])).rejects.toMatchObject({
    code: 'not_found',
  });
});
