import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { commands } from '../../src/admin/commands.ts';
import { auditRepository } from '../../src/audit/record.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { userCrud } from '../../src/users/crud.ts';
import { verifyPassword } from '../../src/users/password.ts';
import { userRepository } from '../../src/users/repository.ts';
import { keys, openTerminal } from '../migrations/support/terminal.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const program = fileURLToPath(new URL('../../src/admin/cli.ts', import.meta.url));
const PASSWORD = 'correct horse battery';

let database: TestDatabase;
let db: ReturnType<typeof openDatabase>;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: unknown;
}

/** Runs a command in this process, which is quicker than a new one, on this test's database unless it is told another. */
async function run(args: readonly string[], password = '', url = database.directUrl): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += text;
      return true;
    });
  const spies = [into('stdout'), into('stderr')];
  vi.stubEnv('ADMIN_PASSWORD', password);
  vi.stubEnv('BCRYPT_COST', '4');
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    const [name = '', ...rest] = args;
    await commands()
      .find((command) => command.name() === name)
      ?.parseAsync([...rest, '--url', url], { from: 'user' });
    return { ...said, code: process.exitCode };
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs `npm run admin -- …` without npm, and with this on its standard input. */
async function spawned(args: readonly string[], input = ''): Promise<Ran> {
  const env = { ...process.env, DATABASE_URL: database.directUrl, ADMIN_PASSWORD: '', BCRYPT_COST: '4' };
  const child = spawn(process.execPath, [program, ...args], { env });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}

const named = (name: string) => ['--username', name, '--email', `${name}@example.com`];

describe('create', () => {
  it('makes a superuser who can sign in, as the audit says, and sends no mail', async () => {
    const { stdout, stderr, code } = await spawned(
      ['create', ...named('root'), '--full-name', 'Root', '--password-stdin'],
      `${PASSWORD}\n`,
    );
    expect([stderr, code]).toEqual(['', 0]);
    const user = await userCrud.authenticate(db, 'root', PASSWORD, 4);
    expect(user).toMatchObject({ isSuperuser: true, isActive: true, fullName: 'Root', email: 'root@example.com' });
    expect(stdout).toBe(
      `root is a superuser of kura@127.0.0.1:${new URL(database.directUrl).port}/${database.name} (${user?.id})\n`,
    );
    expect(await auditRepository.all(db, { where: { userId: user?.id ?? '' } })).toMatchObject([
      { event: 'user.created', actorId: null, requestId: 'npm run admin', details: { isSuperuser: true } },
    ]);
    expect(await outboxRepository.all(db)).toEqual([]);
  });

  it('takes the password from ADMIN_PASSWORD, as it is', async () => {
    expect(await run(['create', ...named('grace')], '  a better horse ')).toMatchObject({ code: 0 });
    const user = await userRepository.findByUsername(db, 'grace');
    expect(await verifyPassword('  a better horse ', user?.hashedPassword ?? '')).toBe(true);
  });

  it.each([
    ['short', 'password must have at least 8 characters'],
    ['password1', 'password is one of the most common passwords'],
    ['I am mallory!', 'password must not contain the username; password must not contain the e-mail address'],
  ])('holds the password to the same rules: %s', async (input, message) => {
    const ran = await run(['create', ...named('mallory')], input);
    expect(ran).toEqual({ stdout: '', stderr: `error ${message}\n`, code: 2 });
  });

  it('says everything that is wrong in one line', async () => {
    expect(await run(['create', '--username', 'x', '--email', 'nobody'], PASSWORD)).toMatchObject({
      stderr: 'error username must have at least 3 characters; email must be an e-mail address\n',
      code: 2,
    });
  });

  it('says what is taken', async () => {
    await run(['create', ...named('taken')], PASSWORD);
    const again = (args: string[]) => run(['create', ...args], PASSWORD);
    expect(await again(named('TAKEN'))).toMatchObject({ stderr: 'error Email already registered\n', code: 7 });
    const other = ['--username', 'taken', '--email', 'other@example.com'];
    expect(await again(other)).toMatchObject({ stderr: 'error Username already taken\n', code: 7 });
  });

  it('asks nobody where there is no terminal', async () => {
    expect(await spawned(['create'])).toMatchObject({
      stderr: 'error Give --username: there is no terminal to ask on\n',
      code: 2,
    });
    expect(await spawned(['create', ...named('bob')])).toMatchObject({
      stderr: 'error Give the password by --password-stdin or ADMIN_PASSWORD: there is no terminal to ask on\n',
      code: 2,
    });
  });

  it('asks on a terminal, and shows no password', async () => {
    const env = { DATABASE_URL: database.directUrl, BCRYPT_COST: '4' };
    const terminal = openTerminal(['create'], env, program);
    const type = async (question: string, answer: string) => {
      await terminal.shows(question);
      terminal.press(`${answer}${keys.enter}`);
    };
    await type('Username', 'typed');
    await type('E-mail address', 'typed@example.com');
    await type('Password', PASSWORD);
    await type('The same again', PASSWORD);
    expect(await terminal.ended, terminal.output).toBe(0);
    expect(terminal.output).not.toContain(PASSWORD.slice(0, 4));
    expect(await userCrud.authenticate(db, 'typed', PASSWORD, 4)).toMatchObject({ isSuperuser: true });
  });

  it('makes nobody when the question is called off, or answered in two ways', async () => {
    const env = { DATABASE_URL: database.directUrl };
    const off = openTerminal(['create', '--username', 'off'], env, program);
    await off.shows('E-mail address');
    off.press(keys.interrupt);
    expect(await off.ended).toBe(130);
    const two = openTerminal(['create', ...named('off')], env, program);
    await two.shows('Password');
    two.press(`${PASSWORD}${keys.enter}`);
    await two.shows('The same again');
    two.press(`other${keys.enter}`);
    expect(await two.ended).toBe(2);
    expect(await userRepository.findByUsername(db, 'off')).toBeUndefined();
  });
});

describe('grant, revoke and list', () => {
  it('make a user a superuser, and not the last one anybody else', async () => {
    const own = await createTestDatabase();
    const there = openDatabase({ url: own.url });
    const user = await userCrud.create(there, { username: 'ada', email: 'ada@example.com', password: PASSWORD }, 4);
    expect(await run(['list'], '', own.directUrl)).toEqual({ stdout: '', stderr: '', code: 0 });
    expect(await run(['grant', 'ADA@example.com'], '', own.directUrl)).toMatchObject({
      stdout: expect.stringMatching(/^ada is a superuser of /),
      code: 0,
    });
    expect((await run(['list'], '', own.directUrl)).stdout).toBe(`${user.id}  ada  ada@example.com\n`);
    expect(await run(['revoke', 'ada'], '', own.directUrl)).toEqual({
      stdout: '',
      stderr: 'error This is the last superuser: make somebody else one first\n',
      code: 7,
    });
    expect(await auditRepository.all(there)).toMatchObject([{ event: 'user.changed', userId: user.id }]);
  });

  it('say who there is not', async () => {
    const { stderr, code } = await run(['grant', 'nobody']);
    expect([stderr, code]).toEqual([expect.stringMatching(/^error There is no user nobody in kura@/), 7]);
  });
});

describe('a database', () => {
  it('that cannot be reached, has no tables or is none, is told from each other, without its password', async () => {
    const dead = await run(['list'], '', 'postgres://kura:s3cret@127.0.0.1:1/kura');
    expect(dead).toMatchObject({ stderr: expect.stringMatching(/^error .*reach.*\n$/), code: 4 });
    const empty = await createTestDatabase('template0');
    expect(await run(['list'], '', empty.directUrl)).toMatchObject({
      stderr: 'error The database has no accounts yet: npm run db -- upgrade\n',
      code: 7,
    });
    const none = await run(['list'], '', 'kura:s3cret@nowhere');
    expect(none).toMatchObject({ stderr: expect.stringMatching(/^error DATABASE_URL is wrong/), code: 2 });
    expect(JSON.stringify([dead, none])).not.toContain('s3cret');
  });

  it('may be behind a proxy of Neon’s protocol, too', async () => {
    const url = new URL(inject('neon'));
    url.pathname = `/${database.name}`;
    expect(await run(['list'], '', url.href)).toMatchObject({ code: 0 });
  });
});

it.each([[[]], [['nonsense']], [['create', '--nonsense']]])('ends with 2 for %j', async (args) => {
  expect((await spawned(args)).code).toBe(2);
});
