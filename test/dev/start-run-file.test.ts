import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inspect } from '../../src/dev/postgres/processes.ts';
import { endLeftovers } from '../../src/dev/start/leftovers.ts';
import { claim } from '../../src/dev/start/run-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'kura-run-'));
const file = join(folder, 'run.json');
const sleeper = spawn('sleep', ['60'], { detached: true });
const pid = sleeper.pid ?? 0;

afterAll(() => {
  sleeper.kill();
  rmSync(folder, { recursive: true });
});

const started = () => inspect(pid)?.started ?? '';

test('a folder is claimed by one living process', () => {
  writeFileSync(file, JSON.stringify({ pid, started: started(), url: 'http://localhost:1', children: [] }));
  expect(() => claim(folder, 'http://localhost:2')).toThrow(
    `Kura already runs in this folder: http://localhost:1 (pid ${pid})`,
  );
});

test.each([
  ['the pid is of another process by now', () => JSON.stringify({ pid, started: 'earlier', url: '', children: [] })],
  ['the file is cut off', () => '{"pid": 1, "star'],
])('a claim is taken over when %s', (_, content) => {
  writeFileSync(file, content());
  const run = claim(folder, 'http://localhost:2');
  expect(run.leftovers).toEqual([]);
  run.add('sleeper', pid);
  // What it has noted is what the next one finds.
  writeFileSync(join(folder, 'copy'), '');
  run.release();
  rmSync(join(folder, 'copy'));
  expect(readdirSync(folder)).toEqual([]);
  expect(claim(folder, 'http://localhost:2').leftovers).toBeUndefined();
});

test('only a process that is the noted one is ended', async () => {
  // The same pid and group, but of a process that began at another time and is none of our programs.
  expect(await endLeftovers([{ name: 'it', pid, started: 'earlier' }], '/some/node_modules')).toEqual([]);
  expect(inspect(pid)?.pid).toBe(pid);

  expect(await endLeftovers([{ name: 'it', pid, started: started() }], '/some/node_modules')).toEqual(['it']);
  expect(inspect(pid)).toBeUndefined();
});

test('a group without its leader is known by our programs', async () => {
  const leader = spawn('sh', ['-c', 'sleep 61 & echo up; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => leader.stdout.once('data', resolve));
  const child = { name: 'group', pid: leader.pid ?? 0, started: inspect(leader.pid ?? 0)?.started ?? '' };
  leader.kill('SIGKILL');
  await new Promise((resolve) => leader.once('exit', resolve));

  expect(await endLeftovers([child], '/some/node_modules')).toEqual([]);
  expect(await endLeftovers([child], 'sleep')).toEqual(['group']);
});
