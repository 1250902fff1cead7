import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { inspect, until } from '../../src/dev/postgres/processes.ts';
import { makeRunFolder, sweepRunFolders } from '../support/run-folder.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'kura run folders é-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A test run in a process of its own, to be killed as the system kills: without a last word. */
async function startRun() {
  const [folders, postgres] = ['../support/run-folder.ts', '../../src/dev/postgres.ts'].map((file) =>
    JSON.stringify(resolve(import.meta.dirname, file)),
  );
  const script = `import { join } from 'node:path';
    import { makeRunFolder } from ${folders};
    import { startPostgres } from ${postgres};
    const folder = await makeRunFolder(${JSON.stringify(root)});
    const { pid } = await startPostgres({ dataDir: join(folder, 'postgres'), settings: { fsync: 'off' } });
    console.log(JSON.stringify({ folder, pid })); setInterval(() => {}, 1e6)`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((settle) => child.stdout.once('data', settle));
  const { folder, pid } = JSON.parse(String(line)) as { folder: string; pid: number };
  const kill = async () => {
    child.kill('SIGKILL');
    await until(() => inspect(child.pid ?? 0) === undefined, 5000);
  };
  onTestFinished(async () => {
    await kill();
    await sweepRunFolders(root);
  });
  return { folder, pid, kill };
}

test('what a killed run left is stopped and removed, by two runs at once; what a living run has stays', async () => {
  const [killed, living] = await Promise.all([startRun(), startRun()]);
  await sweepRunFolders(root);
  expect([existsSync(killed.folder), inspect(killed.pid)?.pid]).toEqual([true, killed.pid]);

  await killed.kill();
  expect(inspect(killed.pid)?.pid).toBe(killed.pid);
  await Promise.all([sweepRunFolders(root), sweepRunFolders(root)]);
  expect([existsSync(killed.folder), inspect(killed.pid)]).toEqual([false, undefined]);
  expect([existsSync(living.folder), inspect(living.pid)?.pid]).toEqual([true, living.pid]);
});

/** A folder whose run is dead: its pid is another process's by now. */
async function abandoned(): Promise<string> {
  const folder = await makeRunFolder(root);
  const file = join(folder, 'owner.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), started: 'long ago' }));
  return folder;
}

test('a process that has the number of the Postgres by now is not touched', async () => {
  const folder = await abandoned();
  const bystander = spawn('sleep', ['60']);
  onTestFinished(() => void bystander.kill());
  mkdirSync(join(folder, 'postgres'));
  writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `${bystander.pid}\n`);
  await sweepRunFolders(root);
  expect(existsSync(folder)).toBe(false);
  expect(inspect(bystander.pid ?? 0)?.pid).toBe(bystander.pid);
});

test('only folders of a test run that is known to be dead are removed', async () => {
  const foreign = [
    mkdtempSync(join(root, 'kura-test-')), // whose run is not known
    mkdtempSync(join(root, 'kura-scram-')),
    await makeRunFolder(root), // this very run's
    await abandoned(), // of another pid namespace: a container that shares the folder
  ];
  writeFileSync(join(foreign[1] ?? '', 'owner.json'), '{"pid":1,"started":"long ago"}');
  const file = join(foreign[3] ?? '', 'owner.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), namespace: 'pid:[1]' }));
  const gone = await abandoned();
  await sweepRunFolders(root);
  expect(foreign.map(existsSync)).toEqual([true, true, true, true]);
  expect(existsSync(gone)).toBe(false);
});
