import { readFile } from 'node:fs/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { downgradeTo } from '../../src/migrations/downgrade.ts';
import { MigrationFault } from '../../src/migrations/fault.ts';
import { defaultFolder } from '../../src/migrations/files/folder.ts';
import { upgrade, upgradeTo } from '../../src/migrations/upgrade.ts';
import { emptyDatabase } from './support/database.ts';
import { tables, testFolder } from './support/folder.ts';

describe('upgrade', () => {
  it('applies this project’s migrations, and finds nothing to do the second time', async () => {
    const database = await emptyDatabase();
    const applied = await upgrade(database.url);
    expect(applied.slice(0, 2)).toEqual(['0000_users', '0001_writers']);
    expect(await upgrade(database.url)).toEqual([]);
    expect((await database.ledger()).kura).toEqual(applied);
  });

  it('makes the posts that are there searchable, and changes none of them', async () => {
    const { url, query } = await emptyDatabase();
    await upgradeTo('0004', { url });
    await query(`with author as (insert into users (id, username, email, hashed_password)
        values (gen_random_uuid(), 'ada', 'ada@example.com', 'x') returning id)
      insert into posts (id, author_id, title, body) select gen_random_uuid(), id, 'Apples', 'Pears' from author`);
    await upgradeTo('0005', { url });
    expect(await query('select version, search::text from posts')).toEqual([
      { version: 1, search: "'appl':1A 'pear':2B" },
    ]);
  });

  it('takes +N, a name, a number and part of a name', async () => {
    const database = await emptyDatabase();
    const folder = (await testFolder(...tables(6))).path;
    const to = async (target: string) =>
      (await upgradeTo(target, { url: database.url, folder })).map(({ name }) => name);
    expect(await to('+1')).toEqual(['0000_table_0']);
    expect(await to('0001_table_1')).toEqual(['0001_table_1']);
    expect(await to('2')).toEqual(['0002_table_2']);
    expect(await to('table_3')).toEqual(['0003_table_3']);
    await expect(to('table_')).rejects.toMatchObject({ code: 'usage' });
    await expect(to('nothing')).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('nothing') });
    expect(await to('head')).toEqual(['0004_table_4', '0005_table_5']);
  });

  it('applies what was merged late: by set, not by newest', async () => {
    const database = await emptyDatabase();
    const folder = await testFolder(...tables(1), { name: 'newer', up: 'select 1', when: 5000 });
    await upgrade(database.url, { folder: folder.path });
    await folder.add({ name: 'late', up: 'create table late ()', when: 3000 });
    expect(await upgrade(database.url, { folder: folder.path })).toEqual(['0002_late']);
    expect((await database.ledger()).drizzle).toEqual([1000, 5000, 3000]);
  });

  it('leaves nothing of a migration that fails, and keeps those before it', async () => {
    const database = await emptyDatabase();
    const folder = await testFolder(...tables(1), {
      name: 'broken',
      up: 'create table half ();\n--> statement-breakpoint\ninsert into nowhere values (1);',
    });
    const failed = upgrade(database.url, { folder: folder.path });
    await expect(failed).rejects.toMatchObject({
      code: 'migration_failed',
      exitCode: 3,
      message:
        '0001_broken failed: statement 2 of 2 (insert into nowhere values (1);): relation "nowhere" does not exist [42P01]; nothing of it was saved',
    });
    expect((await database.ledger()).kura).toEqual(['0000_table_0']);
    expect(await database.query("select to_regclass('half') as half")).toEqual([{ half: null }]);
    await folder.write('0001_broken.sql', 'create table whole ()');
    expect(await upgrade(database.url, { folder: folder.path })).toEqual(['0001_broken']);
  });

  it('refuses a script that ends its own transaction', async () => {
    const database = await emptyDatabase();
    const folder = await testFolder({
      name: 'commits',
      up: 'create table a ();\n--> statement-breakpoint\ncommit;begin;',
    });
    await expect(upgrade(database.url, { folder: folder.path })).rejects.toThrow('ends its own transaction');
    expect((await database.ledger()).kura).toEqual([]);
  });

  it('refuses to go on where an applied file was edited, unless told to', async () => {
    const database = await emptyDatabase();
    const folder = await testFolder(...tables(1));
    await upgrade(database.url, { folder: folder.path });
    await folder.write('0000_table_0.sql', 'create table t0 ()');
    await folder.add({ name: 'more', up: 'select 1' });
    await expect(upgrade(database.url, { folder: folder.path })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('0000_table_0 was edited'),
    });
    expect(await upgrade(database.url, { folder: folder.path, allowEdited: true })).toEqual(['0001_more']);
  });

  it('takes over what drizzle migrated, and leaves drizzle nothing to do', async () => {
    const database = await emptyDatabase();
    const client = new pg.Client(database.url);
    await client.connect();
    await migrate(drizzle(client), { migrationsFolder: defaultFolder });
    expect(await upgrade(database.url)).toEqual([]);
    const [row] = await database.query<{ origin: string; down: string }>(
      'select origin, down from drizzle.kura_migrations order by sequence',
    );
    expect(row).toEqual({ origin: 'adopted', down: await readFile(`${defaultFolder}/0000_users.down.sql`, 'utf8') });

    await downgradeTo('base', { url: database.url });
    await upgrade(database.url);
    const before = await database.ledger();
    await migrate(drizzle(client), { migrationsFolder: defaultFolder });
    expect(await database.ledger()).toEqual(before);
    await client.end();
  });

  it('says what is wrong with an address, never the password', async () => {
    const fault = await upgrade('postgres://kura:hunter2@127.0.0.1:1/kura').catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(MigrationFault);
    expect(fault).toMatchObject({
      code: 'unreachable',
      exitCode: 4,
      message: expect.stringContaining('kura@127.0.0.1:1/kura'),
    });
    expect(String(fault)).not.toContain('hunter2');
    await expect(upgrade('postgres://kura:hunter2@ep-x-1-pooler.eu.neon.tech/kura')).rejects.toMatchObject({
      code: 'refused',
      message:
        'ep-x-1-pooler.eu.neon.tech is a pooled host, which cannot hold the migration lock: use ep-x-1.eu.neon.tech',
    });
  });
});

describe('downgrade', () => {
  it('goes back by one, to a name, and to base, with the scripts that the ledger stored', async () => {
    const database = await emptyDatabase();
    const folder = await testFolder(...tables(5));
    const options = { url: database.url, folder: folder.path };
    await upgrade(database.url, options);
    await folder.write('0004_table_4.down.sql', 'this is no longer SQL');
    expect((await downgradeTo('-1', options)).map(({ name }) => name)).toEqual(['0004_table_4']);
    expect((await downgradeTo('1', options)).map(({ name }) => name)).toEqual(['0003_table_3', '0002_table_2']);
    expect(await database.ledger()).toEqual({ kura: ['0000_table_0', '0001_table_1'], drizzle: [1000, 1001] });
    expect((await downgradeTo('base', options)).map(({ name }) => name)).toEqual(['0001_table_1', '0000_table_0']);
    expect(await database.query("select from pg_tables where schemaname = 'public'")).toEqual([]);
  });

  it('goes back from a checkout that lacks the files', async () => {
    const database = await emptyDatabase();
    await upgrade(database.url, { folder: (await testFolder(...tables(3))).path });
    const older = await testFolder(...tables(1));
    await downgradeTo('0000_table_0', { url: database.url, folder: older.path });
    expect((await database.ledger()).kura).toEqual(['0000_table_0']);
  });

  it('changes nothing where one on the way has no way back', async () => {
    const database = await emptyDatabase();
    const folder = (await testFolder({ name: 'one_way', up: 'create table a ()', down: null }, ...tables(1))).path;
    await upgrade(database.url, { folder });
    await expect(downgradeTo('base', { url: database.url, folder })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('0000_one_way has no way back'),
    });
    expect((await database.ledger()).kura).toHaveLength(2);
  });
});
