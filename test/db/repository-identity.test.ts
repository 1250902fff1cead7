import { sql } from 'drizzle-orm';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { identity } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { counters, openFixture } from './fixture.ts';

/** Has no column but its identity and its key. */
const labels = pgTable('labels', { ...identity(), name: text('name').notNull().unique() });

let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
  await db.batch((tx) =>
    [
      sql`create table labels (id bigint primary key generated always as identity, name text not null unique)`,
      sql`create table uses (label text not null references labels (name), counter bigint not null references counters)`,
      sql`create table changes (relation text not null)`,
      sql`create function note_change() returns trigger language plpgsql as
        'begin insert into changes values (tg_table_name); return new; end'`,
      ...['labels', 'counters'].map((name) =>
        sql.raw(`create trigger note_change after update on ${name} for each row
          when (old.* is distinct from new.*) execute function note_change()`),
      ),
    ].map((statement) => tx.statement((q) => q.execute(statement))),
  );
});

const on = ['name'] as const;
const labelled = repository(labels);
const counted = repository(counters);

describe.each([
  ['a key alone', labelled],
  ['more than a key', counted],
])('of %s', (_, repo) => {
  const name = `of ${repo.table === counters ? 'more' : 'a key'}`;

  it('getOrCreate gives what is there, or a new row', async () => {
    const [first, second] = await db.batch((tx) => [
      repo.getOrCreate(tx, { name }, { on }),
      repo.getOrCreate(tx, { name }, { on }),
    ]);
    expect(first).toMatchObject({ created: true, row: { id: expect.any(Number), name } });
    expect(second).toEqual({ created: false, row: first.row });
  });

  it('upsert and upsertMany take rows of the key alone', async () => {
    const [{ row }] = await db.batch((tx) => [repo.getOrCreate(tx, { name }, { on })]);
    const [one, many] = await db.batch((tx) => [
      repo.upsert(tx, { name }, { on }),
      repo.upsertMany(tx, [{ name: `new ${name}` }, { name }], { on }),
    ]);
    expect(one).toEqual({ created: false, row });
    expect(many).toMatchObject([{ created: true }, { created: false, row }]);
  });

  it('no trigger sees a change', async () => {
    await db.batch((tx) => [repo.getOrCreate(tx, { name }, { on }), repo.upsert(tx, { name }, { on })]);
    expect(await db.statement((q) => q.execute(sql`select * from changes`))).toEqual([]);
  });
});

it('a row that was found may be referred to by others meanwhile', async () => {
  const [{ row }] = await db.batch((tx) => [counted.getOrCreate(tx, { name: 'shared' }, { on })]);
  await db.batch((tx) => [labelled.getOrCreate(tx, { name: 'shared' }, { on })]);
  await db.transaction(async (tx) => {
    await counted.getOrCreate(tx, { name: 'shared' }, { on });
    const use = sql`insert into uses values ('shared', ${row.id})`;
    await db.transaction(async (other) => other.statement((q) => q.execute(use)), { lockTimeoutMs: 1000 });
  });
});
