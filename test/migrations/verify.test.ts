import { expect, inject, it } from 'vitest';
import { defaultFolder } from '../../src/migrations/files/folder.ts';
import { withScratch } from '../../src/migrations/scratch/scratch.ts';
import { verifyMigrations } from '../../src/migrations/verify/verify.ts';
import { db, scratch } from './support/cli.ts';
import { type Script, testFolder } from './support/folder.ts';

const verify = async (...scripts: Script[]) => {
  const { path } = await testFolder(...scripts);
  return withScratch(inject('postgres'), (place) => verifyMigrations(place, path, () => {}));
};
const table: Script = {
  name: 'table',
  up: 'create table t (id int primary key, a text not null)',
  down: 'drop table t',
};

it('this project’s migrations go up, down and up again, with users in the table', async () => {
  const verified = await withScratch(inject('postgres'), (place) => verifyMigrations(place, defaultFolder, () => {}));
  expect(verified).toMatchObject({ findings: [], irreversible: [], seeded: expect.arrayContaining(['users']) });
});

it.each([
  [
    'a way back that forgets something',
    { name: 'b', up: 'alter table t add b int; create index i on t (b)', down: 'drop index i' },
    'down',
    'column public.t.b is there, and no migration makes it',
  ],
  [
    'a way back that fails on rows',
    { name: 'b', up: 'alter table t drop a', down: 'alter table t add a text not null' },
    'down',
    expect.stringContaining('contains null values'),
  ],
  [
    'a way back that loses rows',
    {
      name: 'b',
      up: 'alter table t add b int',
      down: 'drop table t;\n--> statement-breakpoint\ncreate table t (id int primary key, a text not null)',
    },
    'down',
    'rows of t (2 rows before, 0 after) changed',
  ],
  [
    'a way up that is not the same twice',
    {
      name: 'b',
      up: "do $$ begin if to_regclass('seen') is null then create table seen (); alter table t add b int; else alter table t add b bigint; end if; end $$",
      down: 'alter table t drop b',
    },
    'down',
    'table public.seen is there, and no migration makes it',
  ],
])('finds %s', async (_, script, step, message) => {
  expect((await verify(table, script)).findings).toContainEqual({ migration: '0001_b', step, message });
});

it('stops short of what says that it has no way back', async () => {
  const verified = await verify(
    { ...table, down: null },
    { name: 'b', up: 'alter table t add b int', down: 'alter table t drop b' },
  );
  expect(verified).toMatchObject({ irreversible: ['0000_table'], findings: [] });
});

it('exits with 1 and says where', async () => {
  const { path } = await testFolder(table, { name: 'b', up: 'alter table t add b int', down: '-- forgot' });
  const { code, stdout } = await db(['verify', '--dir', path, ...scratch()]);
  expect(code).toBe(1);
  expect(stdout).toContain('x down 0001_b: column public.t.b is there, and no migration makes it\n');
});
