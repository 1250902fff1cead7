import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Stop } from '../exit.ts';
import type { Binaries } from './binaries.ts';

/** Whom Postgres runs as, and how to start a program as that user. */
export interface Account {
  /** Set when it is another user than this process's own: files must be given to it. */
  owner?: { uid: number; gid: number; name: string };
  spawn(program: string, args: string[], options?: SpawnOptions): ChildProcess;
}

/** Nothing of the caller's PG* settings or language may reach Postgres: messages are read, and must be English. */
const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };
const base = { cwd: '/', env } satisfies SpawnOptions;

/**
 * Postgres refuses to run as root. There it runs as the owner of the data, else as `postgres` or `nobody`; where that
 * user cannot reach the folders, with the one capability to pass closed ones.
 * @throws Stop when no way works, saying what to do.
 */
export function chooseAccount(binaries: Binaries, dataDir: string): Account {
  if (process.getuid?.() !== 0)
    return { spawn: (program, args, options) => spawn(program, args, { ...base, ...options }) };
  const owner = chooseUser(dataDir);
  const ids = { uid: owner.uid, gid: owner.gid };
  // Through a shell, as initdb runs Postgres: what setpriv itself may start says nothing of what comes after.
  const works = ([command = '', ...flags]: string[], as: SpawnOptions) =>
    spawnSync(command, [...flags, '-c', '"$0" --version', binaries.postgres], { ...base, ...as }).status === 0;

  if (canReach(binaries, dataDir, ids) && works(['/bin/sh'], ids)) {
    return { owner, spawn: (program, args, options) => spawn(program, args, { ...base, ...ids, ...options }) };
  }
  // The first capability only reads; the second is needed where npm installed under a closed umask.
  for (const capability of ['dac_read_search', 'dac_override']) {
    const [setpriv, ...flags] = setprivCommand(ids, capability);
    if (!works([setpriv, ...flags, '/bin/sh'], {})) continue;
    return {
      owner,
      spawn: (program, args, options) => spawn(setpriv, [...flags, program, ...args], { ...base, ...options }),
    };
  }
  throw new Stop(
    `Postgres cannot run as root, and the user ${owner.name} cannot reach ${dirname(dataDir)}: run as an ordinary user, or move the project to a folder open to all (or install setpriv, of util-linux)`,
  );
}

/**
 * capabilities(7): ambient capabilities outlive the change of user and the exec. `no_setuid_fixup` is for access(2),
 * which otherwise forgets them, and by which Postgres checks its own program file.
 */
function setprivCommand({ uid, gid }: { uid: number; gid: number }, capability: string): [string, ...string[]] {
  const only = `-all,+${capability}`;
  const user = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'];
  return ['setpriv', ...user, `--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`, '--'];
}

function chooseUser(dataDir: string): { uid: number; gid: number; name: string } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  const { uid: dataOwner } = statSync(dataDir, { throwIfNoEntry: false }) ?? { uid: 0 };
  const user =
    (dataOwner !== 0 && users.find(({ uid }) => uid === dataOwner)) ||
    ['postgres', 'nobody', 'daemon'].flatMap((wanted) => users.filter(({ name }) => name === wanted))[0];
  if (!user)
    throw new Stop(
      'Postgres cannot run as root, and there is no user "postgres" or "nobody" to run it as: add one, or run as an ordinary user',
    );
  return user;
}

function canReach({ home, postgres, initdb }: Binaries, dataDir: string, ids: { uid: number; gid: number }): boolean {
  const bits = (path: string) => {
    const { mode, uid, gid } = statSync(path);
    return uid === ids.uid ? mode >> 6 : gid === ids.gid ? mode >> 3 : mode;
  };
  const passes = (folder: string): boolean =>
    (bits(folder) & 1) === 1 && (dirname(folder) === folder || passes(dirname(folder)));
  const files = [postgres, initdb, join(home, 'share', 'postgresql', 'postgres.bki')];
  return passes(dirname(dataDir)) && files.every((file) => passes(dirname(file)) && (bits(file) & 4) === 4);
}
