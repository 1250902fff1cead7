import { beforeEach, expect, it } from 'vitest';
import { checkCommand } from '../../src/migrations/commands/check.ts';
import { createMigration } from '../../src/migrations/create.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { db, runCommand, scratch } from './support/cli.ts';
import { type EmptyDatabase, emptyDatabase } from './support/database.ts';
import { type TestFolder, testFolder } from './support/folder.ts';
import { tableModule } from './support/schema-file.ts';

let database: EmptyDatabase;
let folder: TestFolder;
let args: string[];
const check = () => runCommand(checkCommand(), [...args, ...scratch()]);
const schema = () => `${folder.path}/schema.ts`;

beforeEach(async () => {
  database = await emptyDatabase();
  folder = await testFolder();
  args = ['--url', database.url, '--dir', folder.path, '--schema', schema()];
  for (const [name, columns] of [
    ['one', ['a']],
    ['two', ['a', 'b']],
  ] as const) {
    await folder.write('schema.ts', tableModule('things', columns));
    await createMigration({ name, folder: folder.path, schema: schema() });
  }
  await upgrade(database.url, { folder: folder.path });
});

it('says nothing where everything agrees', async () => {
  expect(await check()).toEqual({ code: 0, json: { ok: true, verb: 'check', findings: [] } });
});

it('a migration is missing for what changed in the schema', async () => {
  await folder.write('schema.ts', tableModule('things', ['a', 'b', 'c']));
  const { code, json } = await check();
  expect(code).toBe(1);
  expect(json.findings).toMatchObject([
    {
      code: 'schema_differs',
      message: expect.stringContaining('ALTER TABLE "things" ADD COLUMN "c" text'),
      advice: 'run `npm run db -- create -m NAME`',
    },
  ]);
});

it('an edited file', async () => {
  await folder.write('0001_two.sql', `${await folder.read('0001_two.sql')}-- and more`);
  const { code, json } = await check();
  expect(code).toBe(1);
  expect(json.findings).toMatchObject([{ code: 'edited', message: '0001_two was edited after it was applied' }]);
  expect((await db(['upgrade', '--url', database.url, '--dir', folder.path])).code).toBe(7);
});

it('a deleted file', async () => {
  await folder.remove('0000_one.sql');
  const { code, json } = await check();
  expect(code).toBe(1);
  expect(json.findings).toMatchObject([
    { code: 'missing_file', subject: '0000_one.sql', advice: 'restore it from git' },
  ]);
  const ran = await db(['upgrade', '--url', database.url, '--dir', folder.path]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(/^error 0000_one\.sql is in the journal and not in .*: restore it from git\n$/);
});

it('a migration merged late', async () => {
  await folder.write(
    'meta/_journal.json',
    (await folder.read('meta/_journal.json'))
      .replace(/("idx": )1/, '$12')
      .replace('"entries": [', '"entries": [{"idx":1,"version":"7","when":7,"tag":"0001_late","breakpoints":true},'),
  );
  await folder.write('0001_late.sql', 'select 1');
  const { code, json } = await check();
  expect(code).toBe(1);
  expect((json.findings as { code: string }[]).map((finding) => finding.code)).toContain('out_of_order');
});

it('a column made by hand, a dropped index, a changed default', async () => {
  await database.query(
    "alter table things add column nickname text; alter table things alter column b set default 'x'",
  );
  const { code, json } = await check();
  expect(code).toBe(1);
  expect(json.findings).toMatchObject([
    { code: 'drift', message: 'column public.things.b is "text default \'x\'::text" and should be "text"' },
    { code: 'drift', message: 'column public.things.nickname is there, and no migration makes it' },
  ]);
  const shown = await db(['check', ...args, ...scratch()]);
  expect(shown.stdout).toContain(
    'x column public.things.nickname is there, and no migration makes it\n    -> drop it, or make it by a migration\n',
  );
  expect(shown.stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
});

it('a migration of another branch is applied', async () => {
  await database.query(
    "update drizzle.kura_migrations set created_at = 5, name = '0009_other' where name = '0001_two'; update drizzle.__drizzle_migrations set created_at = 5 where id = 2",
  );
  const { json } = await check();
  expect(json.findings as { code: string; subject: string }[]).toEqual(
    expect.arrayContaining([expect.objectContaining({ code: 'unknown_migration', subject: '0009_other' })]),
  );
});

it('status --fail-on-pending', async () => {
  expect((await db(['status', '--fail-on-pending', ...args.slice(0, 4)])).code).toBe(0);
  await folder.add({ name: 'more', up: 'select 1', when: Date.now() + 1e6 });
  const { code, stdout } = await db(['status', '--fail-on-pending', ...args.slice(0, 4)]);
  expect(code).toBe(1);
  expect(stdout).toContain('2 migrations applied, 1 pending\n  pending  0002_more\n');
});
