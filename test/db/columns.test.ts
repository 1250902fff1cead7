import { type SQL, sql } from 'drizzle-orm';
import { getTableConfig, PgDialect } from 'drizzle-orm/pg-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { users } from '../../src/users/table.ts';
import { counters, openFixture, people, someone } from './fixture.ts';

const repo = repository(people);
let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
});

const one = async (query: SQL) => (await db.statement((q) => q.execute(query)))[0];
const created = async () => (await db.batch((tx) => [repo.create(tx, someone())]))[0];

describe('id', () => {
  it('is made by the caller, in the order of time', async () => {
    const rows = [await created(), await created(), await created()];
    const ids = rows.map(({ id }) => id);
    expect([...ids].sort()).toEqual(ids);
    const own = '0190163d-8694-739b-aea5-966c26f8ad90';
    expect((await db.batch((tx) => [repo.create(tx, someone({ id: own }))]))[0].id).toBe(own);
  });

  it('is made by the database in the variant of an identity, and by nobody else', async () => {
    const values = { id: 5, name: 'mine' };
    const attempt = db.batch((tx) => [repository(counters).create(tx, values)]);
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_input', fields: [{ path: 'id' }] });
  });
});

describe('softDelete', () => {
  it.each([
    sql`update people set is_deleted = true`,
    sql`update people set deleted_at = now()`,
    sql`update people set is_deleted = true, deleted_at = null`,
  ])('cannot be half done', async (update) => {
    await created();
    await expect(one(update)).rejects.toMatchObject({ code: 'check', constraint: 'people_soft_delete_check' });
  });

  it('frees a unique value, which living rows keep from each other', async () => {
    const { id, email } = await created();
    const again = { email: email.toUpperCase() };
    await expect(db.batch((tx) => [repo.create(tx, again)])).rejects.toMatchObject({ code: 'conflict' });
    await db.batch((tx) => [repo.delete(tx, id)]);
    await expect(db.batch((tx) => [repo.create(tx, again)])).resolves.toHaveLength(1);
  });
});

it('declares the users table as the migrations made it', () => {
  const { checks, indexes } = getTableConfig(users);
  const dialect = new PgDialect();
  const indexed = indexes.map(({ config }) => [
    config.name,
    config.unique,
    config.columns.map((column) => dialect.sqlToQuery(column as SQL, 'indexes').sql),
    config.where && dialect.sqlToQuery(config.where).sql,
  ]);
  expect(indexed).toEqual([
    ['users_email_key', true, ['lower("email")'], 'is_deleted = false'],
    ['users_username_key', true, ['lower("username")'], 'is_deleted = false'],
  ]);
  expect(checks.map(({ name, value }) => [name, dialect.sqlToQuery(value).sql])).toEqual([
    ['users_soft_delete_check', '"users"."is_deleted" = ("users"."deleted_at" is not null)'],
  ]);
});

it('keeps bytes as they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (photo) => {
      const [row] = await db.batch((tx) => [repo.create(tx, someone({ photo }))]);
      expect(row.photo).toEqual(photo);
      expect(await repo.findOne(db, { id: row.id, photo })).toEqual(row);
    }),
    { numRuns: 20 },
  );
});
