import { expect, it } from 'vitest';
import { downgradeTo } from '../../src/migrations/downgrade.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { db, dbJson, scratch } from './support/cli.ts';
import { emptyDatabase } from './support/database.ts';
import { testFolder } from './support/folder.ts';

const table = {
  name: 'table',
  up: 'create table t (a int);\n--> statement-breakpoint\ninsert into t values (1), (1);',
  down: 'drop table t',
};
const index = {
  name: 'index',
  up: '-- kura: no-transaction\ncreate table log ();\n--> statement-breakpoint\ncreate unique index concurrently t_a on t (a);\n--> statement-breakpoint\ncreate table after ();',
  down: '-- kura: no-transaction\ndrop table after;\n--> statement-breakpoint\ndrop index concurrently t_a;\n--> statement-breakpoint\ndrop table log;',
};

it('a concurrent index that fails is recorded, explained by check, cleaned up and built on retry', async () => {
  const database = await emptyDatabase();
  const folder = await testFolder(table, index);
  const args = ['--url', database.url, '--dir', folder.path];
  const { code, stderr } = await db(['upgrade', ...args]);
  expect(code).toBe(3);
  expect(stderr).toBe(
    'error 0001_index failed: statement 2 of 3 (create unique index concurrently t_a on t (a)): could not create unique index "t_a"; what ran before it is kept: mend the cause and run it again\n',
  );
  expect(
    await database.query(
      'select name, state, progress, error is not null as failed from drizzle.kura_migrations order by sequence',
    ),
  ).toEqual([
    { name: '0000_table', state: 'applied', progress: 0, failed: false },
    { name: '0001_index', state: 'applying', progress: 1, failed: true },
  ]);
  expect((await database.ledger()).drizzle).toEqual([1000]); // half applied is not applied

  await folder.write('schema.ts', 'export {};');
  await folder.write(
    'meta/0001_snapshot.json',
    '{"id":"b","prevId":"a","version":"7","dialect":"postgresql","tables":{},"enums":{},"schemas":{},"sequences":{},"roles":{},"policies":{},"views":{},"_meta":{"columns":{},"schemas":{},"tables":{}}}',
  );
  const checked = await dbJson(['check', ...args, '--schema', `${folder.path}/schema.ts`, ...scratch()]);
  expect(checked.code).toBe(1);
  expect(checked.json.findings).toMatchObject([
    { code: 'unfinished', subject: '0001_index' },
    { code: 'invalid_index', subject: 'public.t_a' },
  ]);

  await database.query('delete from t');
  expect(await upgrade(database.url, { folder: folder.path })).toEqual(['0001_index']);
  expect(await database.query("select indisvalid from pg_index where indexrelid = 't_a'::regclass")).toEqual([
    { indisvalid: true },
  ]);
  expect((await database.ledger()).drizzle).toEqual([1000, 1001]);

  await downgradeTo('-1', { url: database.url, folder: folder.path });
  expect(await database.query("select tablename from pg_tables where schemaname = 'public'")).toEqual([
    { tablename: 't' },
  ]);
});

it('goes on after a statement that a killed run had finished and not noted', async () => {
  const database = await emptyDatabase();
  const folder = await testFolder({ ...table, up: 'create table t (a int)' }, index);
  await upgrade(database.url, { folder: folder.path });
  // As if killed after the index was built, before that was noted.
  await database.query(`update drizzle.kura_migrations set state = 'applying', progress = 1,
    progress_checksum = (select progress_checksum from drizzle.kura_migrations where false) where name = '0001_index'`);
  await expect(upgrade(database.url, { folder: folder.path })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('was edited in the 1 statements'),
  });
  await database.query(
    "drop table log, after; update drizzle.kura_migrations set progress = 0 where name = '0001_index'",
  );
  expect(await upgrade(database.url, { folder: folder.path })).toEqual(['0001_index']);
});

it('adds an enum value, which a later migration uses', async () => {
  const database = await emptyDatabase();
  const folder = await testFolder(
    { name: 'type', up: "create type mood as enum ('sad')" },
    { name: 'value', up: "-- kura: no-transaction\nalter type mood add value 'glad';" },
    { name: 'use', up: "create table t (m mood default 'glad')" },
  );
  expect(await upgrade(database.url, { folder: folder.path })).toHaveLength(3);
});
