import { createServer, connect as dial, type Socket } from 'node:net';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { LOCK } from '../../src/migrations/database/lock.ts';
import { downgradeTo } from '../../src/migrations/downgrade.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { db, startDb } from './support/cli.ts';
import { emptyDatabase } from './support/database.ts';
import { tables, testFolder } from './support/folder.ts';
import { concurrentIndex, killCampaign, slowTables } from './support/killing.ts';

describe('many runners', () => {
  it('eight at once on an empty database: each migration once, and none fails', async () => {
    const database = await emptyDatabase();
    const { path } = await testFolder(...slowTables(10));
    const runners = Array.from({ length: 8 }, () =>
      startDb(['upgrade', '--json', '--url', database.url, '--dir', path]),
    );
    const ran = await Promise.all(runners.map(({ ended }) => ended));
    expect(ran.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ran.map(() => ({ code: 0, stderr: '' })));
    const applied = ran.flatMap(({ stdout }) =>
      (JSON.parse(stdout) as { applied: { name: string }[] }).applied.map(({ name }) => name),
    );
    expect(applied.toSorted()).toEqual(slowTables(10).map(({ name }, n) => `${String(n).padStart(4, '0')}_${name}`));
    expect((await database.ledger()).drizzle).toHaveLength(10);
    expect(await database.query('select count(*)::int as n from t0')).toEqual([{ n: 1 }]);
  });

  it('one that waits says for whom, and gives up with code 5', async () => {
    const database = await emptyDatabase();
    const { path } = await testFolder(...tables(1));
    const holder = new pg.Client({ connectionString: database.url, application_name: 'the other one' });
    await holder.connect();
    await holder.query(`select pg_advisory_lock(${LOCK})`);
    const { code, stdout, stderr } = await db([
      'upgrade',
      '--lock-wait',
      '400ms',
      '--url',
      database.url,
      '--dir',
      path,
    ]);
    expect(stdout).toMatch(/waiting for another runner \(pid \d+, the other one, connected for \d+ s\)/);
    expect(stderr).toMatch(
      /^error Another runner holds the migration lock \(pid \d+, the other one.*gave up after 0.4 s\n$/,
    );
    expect(code).toBe(5);
    await holder.end();
  });
});

/** A database with the table t0, and a migration that would change it in its second statement. */
async function pendingChange() {
  const database = await emptyDatabase();
  const folder = await testFolder(...tables(1));
  await upgrade(database.url, { folder: folder.path });
  await folder.add({
    name: 'locked',
    up: 'create table half ();\n--> statement-breakpoint\nalter table t0 add b int;',
  });
  return { database, folder };
}

describe('a table that a long transaction has locked', () => {
  it('is waited for by trying the whole migration again', async () => {
    const { database, folder } = await pendingChange();
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin; select * from t0');
    const notes: string[] = [];
    const report = {
      note: () => {},
      steps: async (steps: readonly { run(note: (text: string) => void): Promise<void> }[]) => {
        for (const step of steps) {
          await step.run((text) => {
            notes.push(text);
            if (text.includes('try 3')) void blocker.query('rollback');
          });
        }
      },
    };
    expect(await upgrade(database.url, { folder: folder.path, lockTimeoutMs: 50, report, retries: 50 })).toEqual([
      '0001_locked',
    ]);
    expect(notes).toContain('a lock was not to be had in time: try 3 of 51');
    await blocker.end();
  });

  it('is given up on after the last try, with code 5, naming the oldest transaction; nothing is left', async () => {
    const { database, folder } = await pendingChange();
    const blocker = new pg.Client({ connectionString: database.url, application_name: 'report' });
    await blocker.connect();
    await blocker.query('begin; select * from t0');
    const { code, stderr, stdout } = await db([
      'upgrade',
      '--lock-timeout',
      '50ms',
      '--retries',
      '1',
      '--url',
      database.url,
      '--dir',
      folder.path,
    ]);
    expect(stdout).toContain('0001_locked: a lock was not to be had in time: try 2 of 2');
    expect(stderr).toMatch(
      /^error 0001_locked gave up after 2 tries: a lock was not to be had in time; the oldest open transaction is pid \d+ \(report, idle in transaction, \d+ s\); nothing of it was saved\n$/,
    );
    expect(code).toBe(5);
    await blocker.query('rollback');
    expect(await database.query("select to_regclass('half') as half")).toEqual([{ half: null }]);
    await blocker.end();
  });
});

describe('a connection that breaks at COMMIT', () => {
  it.each([
    { where: 'before Postgres has it', forward: false, saved: false },
    { where: 'when the answer is under way', forward: true, saved: true },
  ])('$where: the truth is told', async ({ forward, saved }) => {
    const database = await emptyDatabase();
    const folder = (await testFolder(...tables(2))).path;
    const proxy = await breakingProxy(database.url, forward);
    const running = upgrade(proxy.url, { folder });
    if (saved) expect(await running).toEqual(['0000_table_0', '0001_table_1']);
    else {
      await expect(running).rejects.toMatchObject({
        code: 'migration_failed',
        message: expect.stringMatching(/0000_table_0: the connection was lost .*; nothing of it was saved/),
      });
      expect((await database.ledger()).kura).toEqual([]);
      expect(await upgrade(database.url, { folder })).toHaveLength(2);
    }
    proxy.close();
  });
});

it('killed at random moments, always consistent, always goes on', async () => {
  const folder = await testFolder(...slowTables(8), concurrentIndex, ...slowTables(10).slice(9));
  const { killed } = await killCampaign(folder, Number(process.env.KURA_KILLS ?? 5));
  expect(killed).toBeGreaterThan(0);
}, 600_000);

it('a downgrade that fails leaves the migration applied', async () => {
  const database = await emptyDatabase();
  const folder = (
    await testFolder({
      name: 'a',
      up: 'create table a ()',
      down: 'drop table a;\n--> statement-breakpoint\ndrop table nowhere;',
    })
  ).path;
  await upgrade(database.url, { folder });
  await expect(downgradeTo('-1', { url: database.url, folder })).rejects.toMatchObject({ code: 'migration_failed' });
  expect((await database.ledger()).drizzle).toEqual([1000]);
  expect(await database.query("select to_regclass('a')::text as a")).toEqual([{ a: 'a' }]);
});

/** Passes bytes on until the first COMMIT of a migration: then it cuts the line, with or without handing that on. */
async function breakingProxy(url: string, forward: boolean): Promise<{ url: string; close(): void }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let broken = false;
  const server = createServer((client) => {
    let cut = false;
    const upstream = dial(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    upstream.on('data', (data) => (cut ? client.destroy() : client.write(data)));
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.end());
    client.on('data', (data) => {
      if (broken || !data.toString('latin1').includes('commit\0')) {
        upstream.write(data);
        return;
      }
      broken = true;
      cut = true;
      if (forward) upstream.write(data);
      else {
        client.destroy();
        upstream.destroy();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const copy = new URL(url);
  copy.port = String((server.address() as { port: number }).port);
  return {
    url: copy.href,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
