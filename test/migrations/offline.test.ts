import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { expect, it } from 'vitest';
import { offlineDowngrade } from '../../src/migrations/offline/downgrade.ts';
import { offlineUpgrade } from '../../src/migrations/offline/upgrade.ts';
import { parseSql } from '../../src/migrations/sql/parse.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { db } from './support/cli.ts';
import { type EmptyDatabase, emptyDatabase } from './support/database.ts';
import { dumpAt } from './support/dump.ts';
import { tables, testFolder } from './support/folder.ts';

const options = { url: '' };

/** As `psql -v ON_ERROR_STOP=1 -f`: by psql where this machine has it, else statement by statement on one session. */
async function runScript(database: EmptyDatabase, script: string): Promise<void> {
  const psql = ['/usr/bin/psql', '/usr/local/bin/psql'].find(existsSync);
  if (psql) {
    const folder = await mkdtemp(join(tmpdir(), 'kura-offline-'));
    await writeFile(join(folder, 'script.sql'), script);
    await promisify(execFile)(psql, [
      '-X',
      '-q',
      '-v',
      'ON_ERROR_STOP=1',
      '-f',
      join(folder, 'script.sql'),
      database.url,
    ]).finally(() => rm(folder, { recursive: true }));
    return;
  }
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    for (const { text } of await parseSql(script)) await client.query(text);
  } finally {
    await client.end();
  }
}

it('the printed script does what the command does, both ways, ledgers included', async () => {
  const [online, offline] = [await emptyDatabase(), await emptyDatabase()];
  const folder = await testFolder(
    ...tables(2),
    {
      name: 'quotes',
      up: "comment on table t0 is 'it''s \\ here' -- no semicolon",
      down: "comment on table t0 is null; -- it's back",
    },
    {
      name: 'index',
      up: '-- kura: no-transaction\ncreate index concurrently t1_id on t1 (id);',
      down: '-- kura: no-transaction\ndrop index concurrently t1_id;',
    },
  );
  const empty = await dumpAt(offline.url);
  await upgrade(online.url, { folder: folder.path });
  await runScript(offline, await offlineUpgrade('head', folder.path, options));
  expect(await dumpAt(offline.url)).toBe(await dumpAt(online.url));
  expect(await offline.ledger()).toEqual(await online.ledger());
  const rows =
    'select name, created_at, kind, checksum, down, down_checksum, state from drizzle.kura_migrations order by sequence';
  expect(await offline.query(rows)).toEqual(await online.query(rows));
  expect(await upgrade(offline.url, { folder: folder.path })).toEqual([]);

  await runScript(offline, await offlineDowngrade('head:base', folder.path, options));
  expect(await dumpAt(offline.url)).toBe(empty);
  expect(await offline.ledger()).toEqual({ kura: [], drizzle: [] });
});

it('takes ranges, and stops where the one before is missing or the first is there', async () => {
  const database = await emptyDatabase();
  const folder = (await testFolder(...tables(3))).path;
  const second = await offlineUpgrade('0000:0001', folder, options);
  await expect(runScript(database, second)).rejects.toThrow('0000_table_0 is not applied');
  await runScript(database, await offlineUpgrade('base:0', folder, options));
  await runScript(database, second);
  await expect(runScript(database, second)).rejects.toThrow('0001_table_1 is applied already');
  await runScript(database, await offlineDowngrade('1:0', folder, options));
  expect((await database.ledger()).kura).toEqual(['0000_table_0']);
});

it('refuses a TypeScript migration in the range, needs no connection, and prints the script alone', async () => {
  const folder = await testFolder({ name: 'data', up: '-- kura: typescript', down: null }, ...tables(1));
  await folder.write('0000_data.ts', 'export async function up() {}');
  const refused = await db(['upgrade', '--sql', '--dir', folder.path]);
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('0000_data is written in TypeScript and needs a connection'),
  });
  const printed = await db([
    'upgrade',
    '0000:head',
    '--sql',
    '--dir',
    folder.path,
    '--url',
    'postgres://nobody:x@127.0.0.1:1/none',
  ]);
  expect(printed.code).toBe(0);
  expect(printed.stdout).toMatch(/^-- Kura migrations/);
  expect((await db(['downgrade', '--sql', '--dir', folder.path])).code).toBe(2);
});
