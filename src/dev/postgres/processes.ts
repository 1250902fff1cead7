import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the system tells about a living process. `started` with `pid` names it for good: pids are used again, times are not. */
export interface ProcessInfo {
  pid: number;
  parent: number;
  group: number;
  started: string;
  /** The arguments one by one on Linux, elsewhere the whole command line as one. */
  args: string[];
}

const linux = process.platform === 'linux';

/** A living process, or undefined if there is none (a zombie does not live). */
export function inspect(pid: number): ProcessInfo | undefined {
  return linux ? inspectLinux(pid) : listByPs(['-p', String(pid)])[0];
}

/** All processes that this user may see. */
export function listProcesses(): ProcessInfo[] {
  if (!linux) return listByPs(['-A']);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => inspectLinux(Number(pid))).filter((info) => info !== undefined);
}

function inspectLinux(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc_pid_stat(5): the name in parentheses may hold anything, so count from the last one. 22 is the start time.
    const [state, parent, group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, parent: Number(parent), group: Number(group), started: `${boot}/${rest[16]}`, args };
  } catch {
    return undefined;
  }
}

function listByPs(which: string[]): ProcessInfo[] {
  let table = '';
  try {
    const columns = 'pid=,ppid=,pgid=,stat=,lstart=,command=';
    table = execFileSync('ps', ['-ww', ...which, '-o', columns], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
  } catch {
    return [];
  }
  const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/;
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, started = '', command = ''] = row.exec(line) ?? [];
    if (!pid || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), started, args: [command] }];
  });
}

/** The working directory of a process on Linux; undefined elsewhere, or if this user may not know it. */
export function workingDirectory(pid: number): string | undefined {
  try {
    return linux ? readlinkSync(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a signal; a process (or group, as a negative number) that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return true;
    throw error;
  }
}

/** Waits until the condition holds: true, or false after `milliseconds`. */
export async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}
