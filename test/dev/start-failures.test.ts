import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeProject, processesOf, removeProject, start } from './start-project.ts';

let project: string;

beforeAll(() => {
  project = makeProject();
});

afterEach(() => {
  expect(processesOf(project)).toEqual([]);
  expect(existsSync(join(project, '.kura/run.json'))).toBe(false);
  rmSync(join(project, '.kura'), { recursive: true, force: true });
});

afterAll(() => removeProject(project));

/** Runs to the end, which must be a failure told in one line; returns that line. */
async function failure(args?: string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const run = start(project, args, env);
  expect(await run.ended).toBe(1);
  expect(run.stderr()).toMatch(/^error .+\n$/);
  return run.stderr().trim();
}

test('--help fits 80 columns', async () => {
  const run = start(project, ['--help']);
  expect(await run.ended).toBe(0);
  const lines = run.stdout().split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  for (const option of ['--port', '--fresh', '--latency', '--debug', '--help']) expect(run.stdout()).toContain(option);
});

test.each([
  [['--port', 'x'], {}, '--port (or PORT) must be a whole number from 0 to 65535, not "x"'],
  [['--port', '65536'], {}, 'not "65536"'],
  [[], { PORT: '80a' }, '--port (or PORT) must be a whole number from 0 to 65535, not "80a"'],
  [['--latency', '-1'], {}, '--latency must be a whole number from 0 to 60000, not "-1"'],
  [['--latency'], {}, "'--latency <ms>' argument missing"],
  [['--nope'], {}, "unknown option '--nope'"],
  [['9000'], {}, 'unexpected argument "9000"'],
])('refuses %j %j', async (args, env, message) => {
  expect(await failure(args, env)).toContain(message);
});

const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

test.each(['127.0.0.1', '0.0.0.0', ...(ipv6 ? ['::1'] : [])])(
  'names the port that another program has at %s',
  async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    try {
      expect(await failure(['--port', String(port)])).toMatch(`error Port ${port} is in use by another program`);
      // PORT counts, and the option counts more.
      expect(await failure([], { PORT: String(port) })).toMatch(`error Port ${port} is in use`);
    } finally {
      server.close();
    }
  },
);

test('names the state folder that cannot be written', async () => {
  writeFileSync(join(project, '.kura'), 'a file');
  expect(await failure()).toContain(`error The folder ${join(project, '.kura')} cannot be written`);
  rmSync(join(project, '.kura'));
});

test('leaves a data folder alone that is no database', async () => {
  mkdirSync(join(project, '.kura/postgres/mine'), { recursive: true });
  expect(await failure()).toContain('holds files but no database');
  expect(existsSync(join(project, '.kura/postgres/mine'))).toBe(true);
});

test('tells in one line which migration fails and why', async () => {
  const migration = join(project, 'drizzle/0000_users.sql');
  const right = readFileSync(migration);
  appendFileSync(migration, '\n--> statement-breakpoint\nselect no_such_column;\n');
  expect(await failure()).toMatch(/0000_users.*no_such_column/);
  writeFileSync(migration, right);
});

test('tells in one line why the Worker does not build', async () => {
  writeFileSync(join(project, 'src/worker.ts'), 'export default 1;\nthis is no program;\n');
  expect(await failure()).toBe('error The Worker does not start: src/worker.ts:2:5: Expected ";" but found "is"');
});

test('tells why the Worker stays unwell, and what it said', async () => {
  writeFileSync(
    join(project, 'src/worker.ts'),
    `export default { fetch() { console.error('no luck'); return Response.json({ detail: 'not today' }, { status: 503 }) } };`,
  );
  expect(await failure()).toBe('error The Worker does not become healthy: /health/ready gives 503 not today (no luck)');
});
