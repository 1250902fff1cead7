import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groupsOf, makeProject, postgresPid, processesOf, type Run, removeProject, start } from './start-project.ts';

let project: string;
let run: Run;

beforeAll(() => {
  project = makeProject();
});

afterAll(async () => {
  if (run.child.exitCode === null && run.child.signalCode === null) {
    run.child.kill('SIGTERM');
    await run.ended;
  }
  removeProject(project);
});

const register = (url: string, username: string) =>
  fetch(`${url}/v1/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, email: `${username}@example.org`, password: 'correct horse' }),
  });

/** Whether the user who registered at the very start is still there: their name is taken. */
async function knowsFirst(url: string): Promise<boolean> {
  const { status } = await register(url, 'first');
  expect([201, 400]).toContain(status);
  return status === 400;
}

/** The inbox page once the mail to this user is in it: it is sent after the response. */
async function mailTo(url: string, username: string): Promise<string> {
  for (;;) {
    const page = await (await fetch(`${url}/_dev/mail`)).text();
    if (page.includes(`${username}@example.org`)) return page;
    await sleep(20);
  }
}

const log = () => readFileSync(join(project, '.kura/postgres.log'), 'utf8');

// The life of one project, told in order: each part begins with what the one before has left.
let groups: number[];

test('goes from nothing to ready, in plain lines of at most 80 columns', async () => {
  run = start(project, ['--port', '0', '--latency', '4'], { FORCE_COLOR: '1' });
  const url = await run.ready();
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);

  const lines = run.stdout().trimEnd().split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(run.stdout()).not.toContain('\x1b');
  expect(lines.at(-1)).toBe(`ready ${url}`);
  for (const step of ['postgres', 'proxy', 'migrations', 'worker']) {
    expect(run.stdout()).toMatch(new RegExp(`^  ${step} .* \\d+\\.\\d s$`, 'm'));
  }
  expect(run.stdout()).toContain(`API         ${url}\n`);
  expect(run.stdout()).toContain(`Mail        ${url}/_dev/mail\n`);
  expect(run.stdout()).toContain(`Docs        ${url}/docs\n`);
  expect(run.stdout()).toContain('Latency     4 ms\n');
  expect(run.stderr()).toBe('');
  expect((await register(url, 'first')).status).toBe(201);
  const inbox = await mailTo(url, 'first');
  expect(inbox).toContain('Welcome to Kura');
  expect(inbox).toContain(`href=&quot;${url}/`); // the link in the mail leads here
});

test('says where it runs when it is started a second time', async () => {
  const second = start(project);
  expect(await second.ended).toBe(1);
  expect(second.stderr()).toBe(`error Kura already runs in this folder: ${await run.ready()} (pid ${run.child.pid})\n`);
  expect(await knowsFirst(await run.ready())).toBe(true);
});

test('ends all that it started on SIGTERM, and leaves a clean database', async () => {
  groups = groupsOf(project);
  expect(processesOf(project, groups).length).toBeGreaterThan(3);
  run.child.kill('SIGTERM');
  expect(await run.ended).toBe(0);
  expect(processesOf(project, groups)).toEqual([]);
  expect(log()).toMatch(/database system is shut down\n$/);
});

test('keeps the data', async () => {
  run = start(project, ['--port', '0', '--debug']);
  const url = await run.ready();
  expect(await knowsFirst(url)).toBe(true);
  expect(log()).not.toContain('not properly shut down');
  expect((await register(url, 'second')).status).toBe(201);
  expect(run.stdout()).toMatch(/^ {2}worker {6}sql .*insert into "users"/m);
});

test('recovers by itself after SIGKILL', async () => {
  const url = await run.ready();
  groups = groupsOf(project);
  run.child.kill('SIGKILL');
  expect(await run.ended).toBe('SIGKILL');
  expect(processesOf(project, groups).length).toBeGreaterThan(3);

  // On the same port, which the orphaned Worker still holds.
  run = start(project, ['--port', new URL(url).port]);
  expect(await run.ready()).toBe(url);
  expect(run.stdout()).toContain('  recovered   the last run was killed; stopped its wrangler\n');
  expect(run.stdout()).toContain('  recovered   stopping the Postgres of an earlier run');
  expect(processesOf('no such path', groups)).toEqual([]);
  expect(await knowsFirst(url)).toBe(true);
});

test('takes the Ctrl-C that npm repeats for one', async () => {
  groups = groupsOf(project);
  run.child.kill('SIGINT');
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(0);
  expect(processesOf(project, groups)).toEqual([]);
});

test('--fresh begins with a new database', async () => {
  run = start(project, ['--fresh'], { PORT: '0' });
  const url = await run.ready();
  expect(run.stdout()).toMatch(/postgres {4}new database/);
  expect(await knowsFirst(url)).toBe(false);
});

test('ends with one line when a part of it dies', async () => {
  groups = groupsOf(project);
  process.kill(postgresPid(project), 'SIGKILL');
  expect(await run.ended).toBe(1);
  expect(run.stderr()).toBe('error Postgres ended unexpectedly (SIGKILL)\n');
  expect(processesOf(project, groups)).toEqual([]);
});
