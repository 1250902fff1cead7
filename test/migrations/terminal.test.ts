import { expect, it } from 'vitest';
import { createMigration } from '../../src/migrations/create.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { emptyDatabase } from './support/database.ts';
import { tables, testFolder } from './support/folder.ts';
import { tableModule } from './support/schema-file.ts';
import { keys, openTerminal } from './support/terminal.ts';

/** `create` on a terminal, where the column email has become mail. */
async function renaming() {
  const folder = await testFolder();
  const schema = `${folder.path}/schema.ts`;
  await folder.write('schema.ts', tableModule('users', ['email']));
  await createMigration({ name: 'first', folder: folder.path, schema });
  await folder.write('schema.ts', tableModule('users', ['mail']));
  const terminal = openTerminal(['create', '-m', 'rename', '--dir', folder.path, '--schema', schema]);
  return { folder, terminal };
}

it('asks whether a new column is an old one renamed, and believes the answer', async () => {
  const { folder, terminal } = await renaming();
  await terminal.shows('Is the column users.mail new, or an old one renamed?');
  await terminal.shows('email was renamed');
  terminal.press(keys.down);
  terminal.press(keys.enter);
  expect(await terminal.ended).toBe(0);
  expect(terminal.output).toContain('renamed users.email to mail');
  expect(await folder.read('0001_rename.sql')).toBe('ALTER TABLE "users" RENAME COLUMN "email" TO "mail";\n');
});

it('writes nothing when the question is called off', async () => {
  const { folder, terminal } = await renaming();
  await terminal.shows('email was renamed');
  terminal.press(keys.interrupt);
  expect(await terminal.ended).toBe(130);
  await expect(folder.read('0001_rename.sql')).rejects.toThrow('ENOENT');
});

it('asks before data is lost in production, and shows the list when told to go on', async () => {
  const database = await emptyDatabase();
  const { path } = await testFolder(...tables(2));
  await upgrade(database.url, { folder: path });
  const args = ['downgrade', 'base', '--dir', path, '--url', database.url];
  const production = { ENVIRONMENT: 'production' };
  const no = openTerminal(args, production);
  await no.shows('Go on?');
  no.press(keys.enter);
  expect(await no.ended).toBe(7);
  expect((await database.ledger()).kura).toHaveLength(2);
  const yes = openTerminal(args, production);
  await yes.shows('0001_table_1: drops table t1');
  await yes.shows('Go on?');
  yes.press(keys.yes);
  expect(await yes.ended).toBe(0);
  expect(yes.output).toContain('0000_table_0 taken back');
  expect((await database.ledger()).kura).toEqual([]);
});

it('draws no colour with NO_COLOR', async () => {
  const { path } = await testFolder(...tables(1));
  const terminal = openTerminal(['lint', '0', '--dir', path], { NO_COLOR: '1' });
  expect(await terminal.ended).toBe(0);
  expect(terminal.output).toBe('1 migration: nothing unsafe\r\n');
});
