import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../src/migrations/commands/check.ts';
import { createMigration } from '../../src/migrations/create.ts';
import { downgradeTo } from '../../src/migrations/downgrade.ts';
import { emptySnapshot } from '../../src/migrations/files/snapshot.ts';
import { upgrade, upgradeTo } from '../../src/migrations/upgrade.ts';
import { db, dbJson, runCommand, scratch } from './support/cli.ts';
import { emptyDatabase } from './support/database.ts';
import { dumpAt } from './support/dump.ts';
import { type TestFolder, tables, testFolder } from './support/folder.ts';
import { tableModule } from './support/schema-file.ts';

/** Two branches that both made 0001, merged by git, conflicts and all. */
async function twoBranches(): Promise<{ folder: TestFolder; schema: string }> {
  const folder = await testFolder();
  const schema = `${folder.path}/schema.ts`;
  const git = (...args: string[]) => {
    try {
      execFileSync('git', ['-C', folder.path, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        stdio: 'ignore',
      });
    } catch {
      if (args[0] !== 'merge') throw new Error(`git ${args.join(' ')}`);
    }
  };
  const make = async (name: string, columns: string[]) => {
    await folder.write('schema.ts', tableModule('things', columns));
    await createMigration({ name, folder: folder.path, schema });
    git('add', '.');
    git('commit', '-m', name);
  };
  git('init', '-b', 'main');
  await make('start', ['a']);
  git('checkout', '-b', 'feature');
  await make('feature', ['a', 'f']);
  git('checkout', 'main');
  await make('trunk', ['a', 't']);
  git('merge', 'feature');
  await folder.write('schema.ts', tableModule('things', ['a', 'f', 't']));
  return { folder, schema };
}

describe('merge', () => {
  it('puts one branch after the other, with snapshots of both, out of a conflict of git', async () => {
    const { folder, schema } = await twoBranches();
    const database = await emptyDatabase();
    const args = ['--dir', folder.path, '--url', database.url];
    expect(await db(['upgrade', ...args])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has merge conflicts: run `npm run db -- merge`'),
    });
    const { code, json } = await dbJson(['merge', ...args]);
    expect({ code, json }).toMatchObject({
      code: 0,
      json: { kept: ['0001_feature'], moved: [{ from: '0001_trunk', to: '0002_trunk' }] },
    });
    expect((await dbJson(['heads', ...args])).json.heads).toEqual(['0002_trunk']);
    expect((await db(['upgrade', ...args])).code).toBe(0);
    expect((await runCommand(checkCommand(), [...args, '--schema', schema, ...scratch()])).json).toMatchObject({
      ok: true,
      findings: [],
    });
    expect((await db(['merge', ...args])).stdout).toBe('There is one head: nothing to merge\n');
  });

  it('moves nothing that is applied', async () => {
    const { folder } = await twoBranches();
    const database = await emptyDatabase();
    const trunk = await testFolder({ name: 'start', up: 'create table things ()' }, { name: 'trunk', up: 'select 1' });
    await upgrade(database.url, { folder: trunk.path });
    const args = ['--dir', folder.path, '--url', database.url];
    expect(await db(['merge', '--keep', 'theirs', ...args])).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('use --keep ours'),
    });
    expect((await dbJson(['merge', ...args])).json.moved).toEqual([{ from: '0001_feature', to: '0002_feature' }]);
  });
});

describe('squash', () => {
  it('makes the same of an empty database, and runs nothing on one that has it all', async () => {
    const folder = await testFolder(
      ...tables(2),
      {
        name: 'index',
        up: '-- kura: no-transaction\ncreate index concurrently t0_id on t0 (id);',
        down: '-- kura: no-transaction\ndrop index concurrently t0_id;',
      },
      ...tables(4).slice(3),
    );
    await folder.write('meta/0002_snapshot.json', JSON.stringify({ ...emptySnapshot(), id: 'c', prevId: 'b' }));
    const [old, half, fresh] = [await emptyDatabase(), await emptyDatabase(), await emptyDatabase()];
    await upgradeTo('2', { url: old.url, folder: folder.path });
    await upgradeTo('0', { url: half.url, folder: folder.path });
    const empty = await dumpAt(fresh.url);
    const { code, stdout } = await db(['squash', '0002', '--dir', folder.path]);
    expect(code).toBe(0);
    expect(stdout).toContain('into   0002_baseline\n');
    expect(await upgrade(old.url, { folder: folder.path })).toEqual(['0003_table_3']);
    expect(await upgrade(fresh.url, { folder: folder.path })).toEqual(['0002_baseline', '0003_table_3']);
    await expect(upgrade(half.url, { folder: folder.path })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('0001_table_1, 0002_index, too, which this database lacks'),
    });
    expect(await dumpAt(fresh.url)).toBe(await dumpAt(old.url));
    expect((await old.ledger()).kura).toEqual(['0002_baseline', '0003_table_3']);
    for (const database of [old, fresh]) {
      await downgradeTo('base', { url: database.url, folder: folder.path });
      expect(await dumpAt(database.url)).toBe(empty);
    }
  });
});

describe('stamp and baseline', () => {
  it('stamp makes the ledger say so, both ways, and runs nothing', async () => {
    const database = await emptyDatabase();
    const folder = await testFolder(...tables(3));
    const args = ['--dir', folder.path, '--url', database.url];
    expect((await dbJson(['stamp', '0001', ...args])).json).toMatchObject({
      added: ['0000_table_0', '0001_table_1'],
      removed: [],
    });
    expect(await database.ledger()).toEqual({ kura: ['0000_table_0', '0001_table_1'], drizzle: [1000, 1001] });
    expect((await dbJson(['stamp', '0', ...args])).json).toMatchObject({ added: [], removed: ['0001_table_1'] });
    expect((await dbJson(['stamp', 'base', ...args])).json).toMatchObject({ removed: ['0000_table_0'] });
    expect(await database.query("select from pg_tables where schemaname = 'public'")).toEqual([]);
  });

  it('baseline finds out what the database has, and refuses what no migration makes', async () => {
    const database = await emptyDatabase();
    const folder = await testFolder(...tables(3));
    const args = ['baseline', '--dir', folder.path, '--url', database.url, ...scratch()];
    await database.query('create table t0 (id int primary key); create table t1 (id int primary key)');
    expect((await dbJson(args)).json).toMatchObject({ name: '0001_table_1', added: ['0000_table_0', '0001_table_1'] });
    expect(await upgrade(database.url, { folder: folder.path })).toEqual(['0002_table_2']);
    await database.query('alter table t0 add extra int');
    expect(await db(args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'nearest is 0002_table_2, with 1 differences, first: column public.t0.extra is there',
      ),
    });
  });
});
