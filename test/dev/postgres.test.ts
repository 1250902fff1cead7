import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, type PostgresOptions, startPostgres } from '../../src/dev/postgres.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kura postgres é-')));
const running: EmbeddedPostgres[] = [];

/** Starts one that is stopped after the test. */
async function start(dataDir: string, options: Partial<PostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataDir, ...options, settings: { fsync: 'off', ...options.settings } });
  running.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a new database', () => {
  // Deeper than a socket file's path may be long.
  const dataDir = join(folder, 'x'.repeat(120), 'data');
  const log: string[] = [];
  let postgres: EmbeddedPostgres;

  beforeAll(async () => {
    postgres = await startPostgres({
      dataDir,
      onLog: (line) => log.push(line),
      settings: { fsync: 'off', work_mem: '5MB' },
    });
  });

  afterAll(() => postgres.stop());

  test('is Postgres 18, in UTF-8, that sorts and folds alike on every machine', async () => {
    const [row] = await query(
      postgres.url,
      `select current_setting('server_version_num')::int / 10000 as major, lower('ÉÄ') as lower, current_user as "user",
        pg_encoding_to_char(encoding) as encoding, datlocale as locale, current_setting('TimeZone') as zone,
        current_setting('work_mem') as setting from pg_database where datname = current_database()`,
    );
    expect(row).toEqual({
      major: 18,
      lower: 'éä',
      user: 'kura',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
      zone: 'UTC',
      setting: '5MB',
    });
  });

  test('listens on the loopback alone and asks for the password in the clear, as Neon does', async () => {
    const [row] = await query(
      postgres.url,
      `select current_setting('listen_addresses') as host, current_setting('unix_socket_directories') as sockets,
        (select array_agg(distinct auth_method) from pg_hba_file_rules) as auth`,
    );
    expect(row).toEqual({ host: '127.0.0.1', sockets: '', auth: ['password'] });
    await expect(query(postgres.url.replace('kura:kura@', 'kura:wrong@'), 'select')).rejects.toThrow(/password/);
  });

  test('is kept from one start to the next, shut down cleanly in between', async () => {
    await query(postgres.url, 'create table kept as select 1 as n');
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(await postgres.exited).toEqual({ code: 0, signal: null });
    expect(log.at(-1)).toContain('database system is shut down');

    const again = await start(dataDir, { onLog: (line) => log.push(line), onProgress: () => expect.unreachable() });
    expect(await query(again.url, 'select n from kept')).toEqual([{ n: 1 }]);
    expect(log.join('\n')).not.toContain('not properly shut down');
    expect(readdirSync(join(dataDir, '..'))).toEqual(['data']);
  });
});

test('an initdb that was killed half-way leaves nothing that counts', async () => {
  const dataDir = join(folder, 'half');
  mkdirSync(join(folder, 'half.new-123/data'), { recursive: true });
  writeFileSync(join(folder, 'half.new-123/data/PG_VERSION'), '18\n');

  const postgres = await start(dataDir);
  expect(await query(postgres.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  expect(readdirSync(folder).filter((name) => name.startsWith('half'))).toEqual(['half']);
});

test('an aborted start leaves nothing', async () => {
  const dataDir = join(folder, 'aborted');
  const controller = new AbortController();
  const onProgress = () => setTimeout(() => controller.abort(), 50);
  await expect(startPostgres({ dataDir, onProgress, signal: controller.signal })).rejects.toThrow('Stopped');
  expect(readdirSync(folder).filter((name) => name.startsWith('aborted'))).toEqual([]);
});

describe('says in one line why it does not start:', () => {
  const refusal = (dataDir: string, options: Partial<PostgresOptions> = {}) =>
    startPostgres({ dataDir, ...options }).then(
      () => expect.unreachable(),
      (error: Error) => `${error.name}: ${error.message}`,
    );

  test('data of another version', async () => {
    const dataDir = join(folder, 'old');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'PG_VERSION'), '17\n');
    expect(await refusal(dataDir)).toMatch(/^Stop: The data in .* is of Postgres 17, and this is Postgres 18: /);
  });

  test('a folder of other things', async () => {
    const dataDir = join(folder, 'other');
    mkdirSync(join(dataDir, 'things'), { recursive: true });
    expect(await refusal(dataDir)).toBe(`Stop: ${dataDir} holds files but no database: move it away`);
    expect(readdirSync(dataDir)).toEqual(['things']);
  });

  test('a folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await refusal(join(folder, 'file/data'))).toMatch(/^Stop: The database cannot be kept in .*\/file\/data: /);
  });

  test('a port in use, a setting that is none', async () => {
    const dataDir = join(folder, 'refused');
    const { port } = await start(join(folder, 'first'));
    expect(await refusal(dataDir, { port })).toBe(`Stop: Postgres cannot listen on port ${port}: another program does`);
    expect(await refusal(dataDir, { settings: { nonsense: '1' } })).toBe(
      'Stop: Postgres did not come up: unrecognized configuration parameter "nonsense"',
    );
  });
});
