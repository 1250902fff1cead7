import { expect, it } from 'vitest';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { emptyDatabase } from './support/database.ts';
import { dumpAt } from './support/dump.ts';

/** Every kind of object, and what must show in the dump. */
const objects: [sql: string, shown: string][] = [
  ['create schema other', 'schema other\n'],
  ['create extension pgcrypto', 'extension pgcrypto schema public\n'],
  ["create type mood as enum ('sad', 'glad')", "enum public.mood 'sad', 'glad'\n"],
  [
    "create domain word as text check (value <> '')",
    "domain public.word text word_check CHECK ((VALUE <> ''::text))\n",
  ],
  ['create type pair as (a int, b text)', 'type public.pair a integer, b text\n'],
  ['create sequence counter start 5', 'sequence public.counter bigint start 5'],
  [
    'create unlogged table quick (a int not null default 3, b int generated always as (a * 2) stored)',
    'table public.quick unlogged\n',
  ],
  ['select 1', 'column public.quick.a integer not null default 3\n'],
  ['select 1', 'column public.quick.b integer stored as (a * 2)\n'],
  [
    'alter table quick add constraint positive check (a > 0) not valid',
    'constraint public.quick.positive CHECK ((a > 0)) NOT VALID\n',
  ],
  [
    'create index quick_a on quick (a desc) where a > 5',
    'index public.quick_a CREATE INDEX quick_a ON public.quick USING btree (a DESC) WHERE (a > 5)\n',
  ],
  ['create view names as select username from users', 'view public.names'],
  ['create materialized view totals as select count(*) from users', 'materialized view public.totals'],
  ["create function one() returns int language sql as 'select 1'", 'function public.one()'],
  ["create procedure nothing() language sql as 'select 1'", 'procedure public.nothing()'],
  ['create aggregate total(int) (sfunc = int4pl, stype = int)', 'aggregate public.total(integer) integer\n'],
  ['alter table quick enable row level security', 'table public.quick unlogged row security\n'],
  [
    'create policy readers on quick for select using (a > 1)',
    'policy public.quick.readers permissive for r to public using (a > 1)\n',
  ],
  ['create rule nobody as on insert to names do instead nothing', 'rule public.names.nobody'],
  ["comment on column users.email is 'where to write'", 'comment table column public.users.email where to write\n'],
  [
    "do $$ begin execute format('alter database %I set work_mem = ''8MB''', current_database()); end $$",
    'setting work_mem 8MB\n',
  ],
  ['alter table users disable trigger users_version', 'ENABLED D'],
];

it('shows every kind of object, and nothing of extensions or the ledgers', async () => {
  const database = await emptyDatabase();
  await upgrade(database.url);
  let before = await dumpAt(database.url);
  expect(before).not.toMatch(/drizzle|kura_migrations/);
  for (const [sql, shown] of objects) {
    await database.query(sql);
    const after = await dumpAt(database.url);
    expect(after).toContain(shown);
    if (sql !== 'select 1') expect(after).not.toBe(before);
    before = after;
  }
  expect(before).not.toContain('gen_salt');
});

it('is the same for equal schemas, whatever order they were made in', async () => {
  const [one, two] = [await emptyDatabase(), await emptyDatabase()];
  await one.query('create table t (a int, b text); create index i on t (a); create table s ()');
  await two.query(
    'create table s (); create table t (gone int, b text); alter table t add a int; alter table t drop gone; create index i on t (a)',
  );
  expect(await dumpAt(two.url)).toBe(await dumpAt(one.url));
});
