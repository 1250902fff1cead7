import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Stop } from '../exit.ts';
import type { Account } from './account.ts';
import { type Binaries, majorVersion } from './binaries.ts';
import { signal } from './processes.ts';

export interface ClusterOptions {
  dataDir: string;
  user: string;
  password: string;
  signal?: AbortSignal | undefined;
}

/** A folder and its parents. Not `mkdir` with `recursive`: in a file system that refuses with ENOENT that never ends. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

/** True when the folder holds a finished database cluster. A half-made one never has this name, see `createCluster`. */
export function hasCluster(dataDir: string): boolean {
  return existsSync(join(dataDir, 'PG_VERSION'));
}

/** @throws Stop when the data is not of this Postgres, is not this user's, or the folder holds something else. */
export function checkCluster(dataDir: string, binaries: Binaries): void {
  const stat = statSync(dataDir, { throwIfNoEntry: false });
  if (!stat) return;
  const uid = process.getuid?.();
  if (uid && stat.uid !== uid)
    throw new Stop(
      `${dataDir} belongs to another user (uid ${stat.uid}): was this started as root before? Delete it, or start as that user`,
    );
  if (!hasCluster(dataDir)) {
    if (readdirSync(dataDir).length > 0) throw new Stop(`${dataDir} holds files but no database: move it away`);
    return;
  }
  const data = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  const program = majorVersion(binaries.postgres);
  if (data !== program)
    throw new Stop(
      `The data in ${dataDir} is of Postgres ${data}, and this is Postgres ${program}: move it away, or start with a new database`,
    );
}

/**
 * Makes a new cluster beside `dataDir` and gives it that name when it is whole, so one that was killed half-way is
 * never taken for a database.
 */
export async function createCluster(options: ClusterOptions, binaries: Binaries, account: Account): Promise<void> {
  const { dataDir, user, password } = options;
  const parent = dirname(dataDir);
  const prefix = `${basename(dataDir)}.new-`;
  for (const left of readdirSync(parent).filter((name) => name.startsWith(prefix))) {
    rmSync(join(parent, left), { recursive: true, force: true, maxRetries: 10 });
  }
  const staging = join(parent, `${prefix}${process.pid}`);
  try {
    mkdirSync(staging, { mode: 0o700 });
    mkdirSync(join(staging, 'data'), { mode: 0o700 });
    writeFileSync(join(staging, 'password'), `${password}\n`, { mode: 0o600 });
    if (account.owner) giveTo(account.owner, staging);
    // 4096 rounds of hashing are two milliseconds of each log-in, for a password that everybody knows.
    const settings = { timezone: 'UTC', log_timezone: 'UTC', scram_iterations: '1' };
    await runInitdb(binaries.initdb, account, options.signal, [
      ...['-D', join(staging, 'data'), '-U', user, `--pwfile=${join(staging, 'password')}`, '--auth=password'],
      // The built-in provider sorts and folds the same on every platform.
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      // Waiting for the disk takes longer than all the rest, and there is nothing in it yet that could be lost.
      '--no-sync',
      ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
    ]);
    renameSync(join(staging, 'data'), dataDir);
  } finally {
    rmSync(staging, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function runInitdb(initdb: string, account: Account, abort: AbortSignal | undefined, args: string[]) {
  const child = account.spawn(initdb, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const end = () => child.pid && signal(-child.pid, 'SIGTERM');
  abort?.addEventListener('abort', end);
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  // 'close' comes when the servers that initdb runs have ended too, so nothing writes to the folder any more.
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  abort?.removeEventListener('abort', end);
  const lines = output.trim().split('\n');
  const reason = lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1);
  if (code !== 0) throw new Stop(`The database could not be made: ${reason || `initdb ended with ${code}`}`);
}

/** Gives a folder and all in it to a user, the folder itself last: so a half-done job is seen and done again. */
export function giveTo(owner: { uid: number; gid: number }, folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true }))
    lchownSync(join(folder, String(entry)), owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  chownSync(folder, owner.uid, owner.gid);
}
