import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop } from '../exit.ts';
import { makeFolder } from '../postgres/cluster.ts';
import { inspect } from '../postgres/processes.ts';

/** A process that was started, named by pid and start time together: the pid alone may be another's by now. */
export interface Child {
  name: string;
  pid: number;
  started: string;
}

interface Content {
  pid: number;
  started: string;
  url: string;
  children: Child[];
}

export interface Claim {
  /** The children of a run that was killed; undefined if the last run ended by itself. */
  leftovers: Child[] | undefined;
  /** Notes a started child, for the next start to find if this one is killed. */
  add(name: string, pid: number): void;
  release(): void;
}

/**
 * Makes this process the one that runs in `stateDir`, by the file `run.json` there.
 * @throws Stop when another one runs, naming its address and pid, or when the folder cannot be written.
 */
export function claim(stateDir: string, url: string): Claim {
  const file = join(stateDir, 'run.json');
  const content: Content = { pid: process.pid, started: inspect(process.pid)?.started ?? '', url, children: [] };
  const left = existsSync(file) ? read(file) : undefined;
  if (left && left.pid !== process.pid && inspect(left.pid)?.started === left.started) {
    throw new Stop(`Kura already runs in this folder: ${left.url} (pid ${left.pid})`);
  }
  const save = () => {
    // Renamed into place: a reader never sees half a file.
    writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(`${file}.${process.pid}`, file);
  };
  try {
    makeFolder(stateDir);
    save();
  } catch (error) {
    throw new Stop(`The folder ${stateDir} cannot be written: ${(error as Error).message}`);
  }
  return {
    leftovers: left?.children,
    add(name, pid) {
      content.children.push({ name, pid, started: inspect(pid)?.started ?? '' });
      save();
    },
    release: () => rmSync(file, { force: true }),
  };
}

function read(file: string): Content | undefined {
  try {
    const { pid, started, url, children } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Content>;
    return { pid: pid ?? 0, started: started ?? '', url: url ?? '', children: children ?? [] };
  } catch {
    // Unreadable is no other run: whoever wrote it is gone, and what it left is found by other means.
    return { pid: 0, started: '', url: '', children: [] };
  }
}
