import { describe, expect, inject, it } from 'vitest';
import { withDatabase } from '../../src/migrations/database/address.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { db, dbJson } from './support/cli.ts';
import { emptyDatabase } from './support/database.ts';
import { tables, testFolder } from './support/folder.ts';

it('current, history, heads and show tell who, when and how long', async () => {
  const database = await emptyDatabase();
  const folder = await testFolder(...tables(3));
  const args = ['--dir', folder.path, '--url', database.url];
  expect((await db(['current', ...args])).stdout).toBe('Nothing is applied\n');
  await db(['upgrade', '+2', ...args], { GITHUB_ACTOR: 'ada', GITHUB_RUN_ID: '7' });
  const { json } = await dbJson(['current', ...args]);
  expect(json).toMatchObject({
    current: { name: '0001_table_1', appliedBy: 'kura (ada, GitHub run 7)', durationMs: expect.any(Number) },
  });
  const { stdout } = await db(['history', ...args]);
  expect(stdout).toMatch(
    /^MIGRATION +STATE +APPLIED +TOOK +BY\n0000_table_0 +applied +\d{4}-\d\d-\d\dT[\d:]+Z +\d+ ms +kura \(ada.*\n.*\n0002_table_2 +pending\n$/,
  );
  expect((await dbJson(['heads', ...args])).json.heads).toEqual(['0002_table_2']);
  expect((await db(['show', '1', ...args])).stdout).toContain('-- down\ndrop table t1;\n');
});

it('runs over Neon’s WebSocket as over TCP', async () => {
  const database = await emptyDatabase();
  const url = withDatabase(inject('neon'), new URL(database.url).pathname.slice(1));
  const { path } = await testFolder(...tables(2));
  expect(await upgrade(url, { folder: path, via: 'websocket' })).toHaveLength(2);
  expect(
    (await dbJson(['downgrade', 'base', '--dir', path, '--url', url, '--via', 'websocket'])).json.reverted,
  ).toHaveLength(2);
});

describe('failures are one line, with their own exit code, also as JSON', () => {
  it.each([
    [['bogus'], 2, /unknown command/],
    [['upgrade', '--lock-wait', 'soon'], 2, /Write it as 500ms, 3s or 2m/],
    [
      ['upgrade', 'nonesuch', '--url', 'postgres://a:secret@127.0.0.1:1/x'],
      4,
      /^error Cannot connect to a@127\.0\.0\.1:1\/x: .*ECONNREFUSED.*\n$/,
    ],
    [['upgrade', '--url', 'nonsense'], 2, /^error DATABASE_URL must be a URL of the form .*\n$/],
    [
      ['upgrade', '--url', 'postgres://a:secret@ep-x-pooler.eu.neon.tech/x'],
      7,
      /^error ep-x-pooler\.eu\.neon\.tech is a pooled host.*use ep-x\.eu\.neon\.tech\n$/,
    ],
  ])('%j: %i', async (args, code, message) => {
    const ran = await db(args);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toMatch(/secret|\n {4}at /);
  });

  it('as JSON', async () => {
    const { code, json } = await dbJson(['status', '--url', 'postgres://a:secret@127.0.0.1:1/x']);
    expect(code).toBe(4);
    expect(json).toEqual({
      ok: false,
      verb: 'status',
      error: { code: 'unreachable', message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it('losing data in production needs --yes where nobody can be asked', async () => {
    const database = await emptyDatabase();
    const { path } = await testFolder(...tables(1));
    const args = ['downgrade', '--dir', path, '--url', database.url];
    await upgrade(database.url, { folder: path });
    const production = { ENVIRONMENT: 'production' };
    expect(await db(args, production)).toMatchObject({
      code: 7,
      stderr: 'error This loses data: 0000_table_0: drops table t0: give --yes if that is meant\n',
    });
    expect((await db([...args, '--yes'], production)).code).toBe(0);
  });
});
