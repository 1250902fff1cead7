import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Stop } from '../exit.ts';
import { inspect, listProcesses, type ProcessInfo, signal, until, workingDirectory } from './processes.ts';

/** What a running Postgres notes in its data folder (`postmaster.pid`, miscadmin.h LOCK_FILE_LINE_*). */
export function readPidFile(dataDir: string): { pid: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Math.abs(Number(lines[0])), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

/**
 * Clears what a killed run left on a data folder: shuts down the Postgres that still runs on it, and removes a pid file
 * whose number another process now has. Signals only a process shown to be Postgres on this very folder.
 * @throws Stop when that Postgres has a living master and so is in use.
 */
export async function recover(dataDir: string, onProgress: (step: string) => void): Promise<void> {
  const noted = readPidFile(dataDir);
  if (!noted) return;
  const found = inspect(noted.pid);
  if (found && isPostgresOn(found, dataDir)) {
    const master = inspect(found.parent);
    if (master && master.pid !== 1 && /^(node|npm)\b/.test(basename(master.args[0] ?? ''))) {
      throw new Stop(`The database in ${dataDir} is in use by process ${master.pid}`);
    }
    onProgress(`stopping the Postgres of an earlier run (pid ${found.pid})`);
    await shutDown(found.pid);
  } else if (signal(noted.pid, 0)) {
    // Postgres would take the other process for itself and refuse to start.
    rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  }
  await endBackends(dataDir);
}

/** Fast shutdown, then immediate, then the axe. */
export async function shutDown(pid: number, isGone = () => inspect(pid) === undefined): Promise<void> {
  for (const [name, patience] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5000],
    ['SIGKILL', 5000],
  ] as const) {
    signal(pid, name);
    if (await until(isGone, patience)) return;
  }
}

/** Backends outlive a killed master while they work on a statement, and hold the shared memory that a new one needs. */
async function endBackends(dataDir: string): Promise<void> {
  const left = () => listProcesses().filter((info) => isPostgresOn(info, dataDir));
  if (await until(() => left().length === 0, 1000)) return;
  for (const { pid } of left()) signal(pid, 'SIGQUIT');
  if (await until(() => left().length === 0, 5000)) return;
  for (const { pid } of left()) signal(pid, 'SIGKILL');
  await until(() => left().length === 0, 5000);
}

function isPostgresOn({ pid, args }: ProcessInfo, dataDir: string): boolean {
  const [program = ''] = args;
  if (process.platform !== 'linux') return program.includes(`postgres -D ${dataDir} `);
  // A server process calls itself "postgres: …" and works in the data folder, wherever that has been moved to.
  return (
    (basename(program) === 'postgres' || program.startsWith('postgres: ')) &&
    workingDirectory(pid) === realpathSync(dataDir)
  );
}
