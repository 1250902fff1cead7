import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { inspect, listProcesses, until } from '../../src/dev/postgres/processes.ts';
import { startPostgres } from '../../src/dev/postgres.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kura recovery é-')));
const dataDir = join(folder, 'data');
const module = resolve(import.meta.dirname, '../../src/dev/postgres.ts');
let steps: string[];

beforeEach(() => {
  steps = [];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = () => startPostgres({ dataDir, settings: { fsync: 'off' }, onProgress: (step) => steps.push(step) });
const pidFile = () => readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');

/** A Node process that runs Postgres on the folder, to be killed. */
async function startElsewhere() {
  const script = `import { startPostgres } from ${JSON.stringify(module)};
    const { url, pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, settings: { fsync: 'off' } });
    console.log(JSON.stringify({ url, pid })); setInterval(() => {}, 1e6)`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((settle) => child.stdout.once('data', settle));
  const { url, pid } = JSON.parse(String(line)) as { url: string; pid: number };
  const kill = async () => {
    child.kill('SIGKILL');
    await until(() => inspect(child.pid ?? 0) === undefined, 5000);
  };
  return { url, pid, master: child.pid, kill };
}

test('a Postgres whose master lives is left alone', async () => {
  const other = await startElsewhere();
  await expect(start()).rejects.toThrow(`The database in ${dataDir} is in use by process ${other.master}`);
  expect(inspect(other.pid)?.pid).toBe(other.pid);
  await other.kill();
});

test('an orphaned Postgres is shut down, and one takes its place', async () => {
  const orphan = Number(pidFile()[0]);
  expect(inspect(orphan)?.pid).toBe(orphan);
  const postgres = await start();
  expect(steps).toEqual([`stopping the Postgres of an earlier run (pid ${orphan})`]);
  expect(inspect(orphan)).toBeUndefined();
  await postgres.stop();
});

test('backends that outlive a killed Postgres are ended', async () => {
  const other = await startElsewhere();
  const client = new pg.Client({ connectionString: other.url });
  client.on('error', () => {});
  await client.connect();
  const busy = client.query('select count(*) from generate_series(1, 1000000000000)').catch((error: Error) => error);
  const workers = () =>
    listProcesses().filter(({ args }) => args[0]?.startsWith('postgres: kura') && args[0].includes('SELECT'));
  await until(() => workers().length > 0, 10_000);

  process.kill(other.pid, 'SIGKILL');
  await other.kill();
  const postgres = await start();
  expect(await busy).toBeInstanceOf(Error);
  await postgres.stop();
});

test('a pid file whose number another process has now is stale, and that process is not touched', async () => {
  // Of the user that Postgres runs as: only then does Postgres itself take it for one of its own.
  const bystander = spawn('sleep', ['60'], { uid: statSync(dataDir).uid });
  writeFileSync(join(dataDir, 'postmaster.pid'), `${bystander.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`);
  onTestFinished(() => void bystander.kill());
  const postgres = await start();
  expect(Number(pidFile()[0])).toBe(postgres.pid);
  expect(inspect(bystander.pid ?? 0)?.pid).toBe(bystander.pid);
  await postgres.stop();
});

test('a pid file of a process that is gone is stale', async () => {
  const gone = spawn('true');
  await new Promise((settle) => gone.once('exit', settle));
  writeFileSync(join(dataDir, 'postmaster.pid'), `${gone.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`);
  const postgres = await start();
  await postgres.stop();
  expect(await postgres.exited).toEqual({ code: 0, signal: null });
});
