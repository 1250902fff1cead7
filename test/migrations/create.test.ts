import { execFile } from 'node:child_process';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCommand } from '../../src/migrations/commands/create.ts';
import { createMigration } from '../../src/migrations/create.ts';
import { downgradeTo } from '../../src/migrations/downgrade.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { db, runCommand } from './support/cli.ts';
import { emptyDatabase } from './support/database.ts';
import { type TestFolder, testFolder } from './support/folder.ts';
import { tableModule } from './support/schema-file.ts';

let folder: TestFolder;
const schema = () => `${folder.path}/schema.ts`;
const args = () => ['--dir', folder.path, '--schema', schema()];
const change = (table: string, columns: readonly string[]) => folder.write('schema.ts', tableModule(table, columns));

beforeEach(async () => {
  folder = await testFolder();
  await change('users', ['email', 'note']);
  await createMigration({ name: 'First one!', folder: folder.path, schema: schema() });
});

it('writes up, down, snapshot and journal entry, which drizzle-kit goes on from', async () => {
  expect(await folder.read('0000_first_one.sql')).toBe(
    'CREATE TABLE "users" (\n\t"id" integer PRIMARY KEY NOT NULL,\n\t"email" text,\n\t"note" text\n);\n',
  );
  expect(await folder.read('0000_first_one.down.sql')).toBe('DROP TABLE "users" CASCADE;\n');
  // drizzle-kit takes relative paths only.
  const path = (file: string) => relative(process.cwd(), file);
  const kit = (...flags: string[]) =>
    promisify(execFile)(process.execPath, [
      'node_modules/drizzle-kit/bin.cjs',
      ...flags,
      '--dialect',
      'postgresql',
      '--out',
      path(folder.path),
    ]);
  expect((await kit('generate', '--schema', path(schema()))).stdout).toContain('No schema changes');
  expect((await kit('check')).stdout).toContain('fine');
});

it('refuses to write a no-op', async () => {
  const { code, json } = await runCommand(createCommand(), ['-m', 'nothing', ...args()]);
  expect(code).toBe(1);
  expect(json).toMatchObject({
    ok: false,
    error: { code: 'found', message: expect.stringContaining('nothing to write') },
  });
});

describe('a possible rename', () => {
  it('is asked about nowhere but on a terminal: elsewhere it is an error that says what to say', async () => {
    await change('users', ['mail', 'note']);
    const { code, stderr } = await db(['create', '-m', 'x', ...args()]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'error Is the column users.mail new, or an old one renamed? Say --rename users.email=mail, or --no-renames: then the old one is dropped with its data\n',
    );
  });

  it('keeps the data both ways where it is given', async () => {
    const database = await emptyDatabase();
    await upgrade(database.url, { folder: folder.path });
    await database.query("insert into users values (1, 'ada@example.com', 'x')");
    await change('people', ['mail', 'note']);
    expect(
      (
        await runCommand(createCommand(), [
          '-m',
          'names',
          ...args(),
          '--rename',
          'users=people',
          '--rename',
          'people.email=mail',
        ])
      ).code,
    ).toBe(0);
    expect(await folder.read('0001_names.sql')).toBe(
      'ALTER TABLE "users" RENAME TO "people";\n--> statement-breakpoint\nALTER TABLE "people" RENAME COLUMN "email" TO "mail";\n',
    );
    await upgrade(database.url, { folder: folder.path });
    expect(await database.query('select mail from people')).toEqual([{ mail: 'ada@example.com' }]);
    await downgradeTo('-1', { url: database.url, folder: folder.path });
    expect(await database.query('select email from users')).toEqual([{ email: 'ada@example.com' }]);
  });

  it('is none with --no-renames: dropped, made, and said plainly', async () => {
    await change('users', ['mail', 'note']);
    const { code, stdout } = await db(['create', '-m', 'x', ...args(), '--no-renames']);
    expect(code).toBe(0);
    expect(stdout).toContain('! The upgrade drops column users.email: its data does not come back.\n');
    expect(await folder.read('0001_x.down.sql')).toMatch(
      /^-- The upgrade drops column users\.email: its data does not come back\.\n/,
    );
  });

  it('that names nothing is a usage error', async () => {
    await change('users', ['email']);
    expect(await runCommand(createCommand(), ['-m', 'x', ...args(), '--rename', 'users.nobody=email'])).toMatchObject({
      code: 2,
      json: { error: { message: expect.stringContaining('names nothing that is gone') } },
    });
  });
});

it('--empty cannot be taken back until its way back is written', async () => {
  const database = await emptyDatabase();
  await runCommand(createCommand(), ['-m', 'by hand', '--empty', ...args()]);
  await folder.write('0001_by_hand.sql', 'create table hand ();');
  await upgrade(database.url, { folder: folder.path });
  await expect(downgradeTo('-1', { url: database.url, folder: folder.path })).rejects.toMatchObject({
    code: 'refused',
    message: '0001_by_hand cannot be taken back: its way back is not written yet',
  });
  await folder.write('0001_by_hand.down.sql', 'drop table hand;');
  expect(await downgradeTo('-1', { url: database.url, folder: folder.path, fromFiles: true })).toHaveLength(1);
});

it('--ts makes a data migration: batches, both ways, refused by drizzle-kit', async () => {
  const database = await emptyDatabase();
  await upgrade(database.url, { folder: folder.path });
  await database.query("insert into users select n, 'E' || n from generate_series(1, 25) n");
  await runCommand(createCommand(), ['-m', 'lower', '--ts', ...args()]);
  expect(await folder.read('0001_lower.ts')).toContain('export async function up(tx: MigrationTransaction)');
  await folder.write(
    '0001_lower.ts',
    `export async function up(tx) {
    const [{ n }] = await tx.query('select count(*)::int as n from users');
    await tx.batches('update users set email = lower(email) where id in (select id from users where email <> lower(email) limit 10)', { total: n });
  }
  export async function down(tx) { await tx.query('update users set email = upper(email)'); }`,
  );
  const notes: string[] = [];
  const report = {
    note: () => {},
    steps: async (steps: readonly { run(note: (text: string) => void): Promise<void> }[]) => {
      for (const step of steps) await step.run((text) => notes.push(text));
    },
  };
  expect(await upgrade(database.url, { folder: folder.path, report })).toEqual(['0001_lower']);
  expect(notes).toEqual(['10 of 25 rows (40 %)', '20 of 25 rows (80 %)', '25 of 25 rows (100 %)']);
  await downgradeTo('-1', { url: database.url, folder: folder.path });
  expect(await database.query('select email from users where id = 7')).toEqual([{ email: 'E7' }]);
  await expect(database.query(await folder.read('0001_lower.sql'))).rejects.toThrow(
    'apply it with npm run db -- upgrade',
  );
});
