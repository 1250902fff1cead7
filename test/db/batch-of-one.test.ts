import { sql } from 'drizzle-orm';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { beforeAll, expect, it } from 'vitest';
import { id } from '../../src/db/columns.ts';
import type { Database, Transaction } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { counters, openFixture } from './fixture.ts';

const repo = repository(counters);
let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
  await db.statement((q) =>
    q.execute(sql`alter table counters add constraint counters_value_key unique (value) deferrable initially deferred`),
  );
});

const execute = (tx: Transaction, text: string) => tx.statement((q) => q.execute(sql.raw(text)));

it('is sent without BEGIN and COMMIT: VACUUM refuses to run between them', async () => {
  await db.batch((tx) => [execute(tx, 'vacuum counters')]);
  const inTransaction = expect.objectContaining({ code: 'query_failed' });
  await expect(db.batch((tx) => [execute(tx, 'vacuum counters'), execute(tx, 'select 1')])).rejects.toEqual(
    inTransaction,
  );
});

it('has the modes and the settings that it is given', async () => {
  const insert = (tx: Transaction) => [execute(tx, `insert into counters (name) values ('refused')`)] as const;
  await expect(db.batch(insert, { readOnly: true })).rejects.toMatchObject({ code: 'read_only' });
  const [[level]] = await db.batch((tx) => [execute(tx, 'show transaction_isolation')], { isolation: 'serializable' });
  expect(level).toEqual({ transaction_isolation: 'serializable' });
  const asked = (tx: Transaction) => [execute(tx, `select current_setting('app.user_id', true) as id`)] as const;
  const [[named]] = await db.batch(asked, { settings: { 'app.user_id': 'ada' } });
  expect(named).toEqual({ id: 'ada' });
});

it('saves nothing where a constraint is broken only at its end, and runs its hooks by that', async () => {
  await db.batch((tx) => [repo.create(tx, { name: 'first', value: 1 })]);
  const ran: string[] = [];
  const twice = db.batch((tx) => {
    tx.afterCommit(() => ran.push('committed'));
    tx.afterRollback(() => ran.push('rolled back'));
    return [repo.create(tx, { name: 'second', value: 1 })];
  });
  await expect(twice).rejects.toMatchObject({ code: 'conflict', constraint: 'counters_value_key' });
  expect(ran).toEqual(['rolled back']);
  expect(await repo.count(db)).toBe(1);
});

it('saves nothing where the row to change is not there', async () => {
  await expect(db.batch((tx) => [repo.update(tx, 999, { name: 'x' })])).rejects.toMatchObject({ code: 'not_found' });
});

it('does not tell that it is not saved where its answer is too large', async () => {
  await db.statement((q) =>
    q.execute(sql`create table large (id uuid primary key, body text default repeat('x', 6000000))`),
  );
  const large = repository(pgTable('large', { ...id(), body: text('body') }));
  const ran: string[] = [];
  const written = db.batch((tx) => {
    tx.afterRollback(() => ran.push('rolled back'));
    return [large.createMany(tx, [{}, {}, {}])];
  });
  await expect(written).rejects.toMatchObject({ code: 'commit_unknown' });
  expect(ran).toEqual([]);
  expect(await large.count(db)).toBe(3);
});
