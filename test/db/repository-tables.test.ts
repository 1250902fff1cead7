import { sql } from 'drizzle-orm';
import { bigint, bigserial, integer, pgSchema, text, varchar } from 'drizzle-orm/pg-core';
import { beforeAll, expect, it } from 'vitest';
import { softDelete, version } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { toMany } from '../../src/db/relations.ts';
import { repository } from '../../src/db/repository.ts';
import { createTestDatabase } from '../support/database.ts';

/** A table of another schema, whose names need quotes, with a bigint id and a column that Postgres computes. */
const parts = pgSchema('Store').table('Part List', {
  id: bigserial('Part Id', { mode: 'bigint' }).primaryKey(),
  code: varchar('Code', { length: 3 }).notNull().unique(),
  parent: bigint('Parent Id', { mode: 'bigint' }),
  size: integer('size').notNull().default(1),
  double: integer('double').generatedAlwaysAs(sql`size * 2`),
  note: text('note').$defaultFn(() => 'made'),
  touched: integer('touched').$onUpdateFn(() => 9),
  ...version(),
  ...softDelete(),
});
const repo = repository(parts);

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  await db.statement((q) => q.execute(sql`create schema "Store"`));
  await db.statement((q) =>
    q.execute(sql`create table "Store"."Part List" ("Part Id" bigserial primary key, "Code" varchar(3) not null unique,
      "Parent Id" bigint, size integer not null default 1, double integer generated always as (size * 2) stored,
      note text, touched integer, version integer not null default 1,
      is_deleted boolean not null default false, deleted_at timestamptz(3))`),
  );
});

it('works through every method', async () => {
  const [a, [b, c]] = await db.batch((tx) => [
    repo.create(tx, { code: 'a', size: 3 }),
    repo.createMany(tx, [
      { code: 'b', parent: 1n },
      { code: 'c', parent: 1n, note: null },
    ]),
  ]);
  expect(a).toMatchObject({ id: 1n, double: 6, note: 'made', touched: 9, version: 1 });
  expect([b?.id, c?.note]).toEqual([2n, null]);
  const [updated] = await db.batch((tx) => [repo.update(tx, 1n, { size: 4 }, { version: 1 })]);
  expect(updated).toMatchObject({ double: 8, touched: 9 });
  expect(
    await db.batch((tx) => [repo.increment(tx, 1n, { size: 1 }), repo.updateMany(tx, { code: 'b' }, { size: 7 })]),
  ).toMatchObject([{ size: 5 }, 1]);
  const on = ['code'] as const;
  const stored = await db.batch((tx) => [
    repo.upsert(tx, { code: 'a', size: 9 }, { on }),
    repo.getOrCreate(tx, { code: 'b', size: 1 }, { on }),
    repo.getOrCreate(tx, { code: 'd' }, { on }),
  ]);
  expect(stored.map(({ created, row }) => [created, row.size])).toEqual([
    [false, 9],
    [false, 7],
    [true, 1],
  ]);
  const tree = { children: toMany(parts, 'parent', { orderBy: ['-code'] }) };
  expect((await repo.get(db, 1n, { with: tree })).children.map(({ code }) => code)).toEqual(['c', 'b']);
  expect((await repo.findMany(db, [2n, 1n])).map(({ id }) => id)).toEqual([2n, 1n]);
  expect((await repo.list(db, { orderBy: ['-size'], limit: 2, with: tree })).items.map(({ code }) => code)).toEqual([
    'a',
    'b',
  ]);
  const request = { orderBy: ['-size', 'code'] as const, limit: 2, secret: 'a secret of sixteen' };
  const { next } = await repo.page(db, request);
  expect((await repo.page(db, { ...request, cursor: next ?? '' })).items.map(({ code }) => code)).toEqual(['c', 'd']);
  expect(
    await db.batch((tx) => [repo.get(tx, 1n, { lock: 'update' }), repo.delete(tx, 1n), repo.restore(tx, 1n)]),
  ).toMatchObject([{ id: 1n }, true, true]);
  expect(
    await db.batch((tx) => [repo.deleteMany(tx, { code: 'd' }), repo.purgeMany(tx, { code: 'd' }), repo.purge(tx, 3n)]),
  ).toEqual([1, 1, true]);
  expect([await repo.count(db), await repo.exists(db, 3n)]).toEqual([2, false]);
});

it('refuses a text that is too long, in every way to insert', async () => {
  for (const write of [
    () => db.batch((tx) => [repo.create(tx, { code: 'long' })]),
    () => db.batch((tx) => [repo.createMany(tx, [{ code: 'x' }, { code: 'long' }])]),
    () => db.batch((tx) => [repo.upsert(tx, { code: 'long' }, { on: ['code'] })]),
  ]) {
    await expect(write()).rejects.toMatchObject({ code: 'invalid_value' });
  }
});

it('sets no column that Postgres computes', async () => {
  const patch = { size: 1, double: 1 };
  // @ts-expect-error computed
  await expect(db.batch((tx) => [repo.update(tx, 1n, { double: 1 })])).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(db.batch((tx) => [repo.updateMany(tx, {}, patch)])).rejects.toMatchObject({ code: 'invalid_input' });
});
