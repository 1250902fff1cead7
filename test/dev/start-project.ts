import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses } from '../../src/dev/postgres/processes.ts';

const root = resolve(import.meta.dirname, '../..');

/** A copy of the project in a folder of its own, as a fresh clone has it, with a path that is easily broken. */
export function makeProject(): string {
  const copy = join(realpathSync(mkdtempSync(join(tmpdir(), 'kura start é-'))), 'my project');
  for (const part of ['src', 'drizzle', 'package.json', 'tsconfig.json', 'wrangler.toml']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

export function removeProject(project: string): void {
  rmSync(join(project, '..'), { recursive: true, force: true, maxRetries: 5 });
}

export interface Run {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The address of the API, when it is up. */
  ready(): Promise<string>;
  /** The exit code, or the name of the signal that ended it. */
  ended: Promise<number | string>;
}

/** `npm start -- …args`, without the npm. */
export function start(project: string, args: string[] = ['--port', '0'], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [join(project, 'src/dev/start.ts'), ...args], {
    cwd: project,
    env: { ...process.env, npm_lifecycle_event: undefined, PORT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk;
  });
  const ended = new Promise<number | string>((settle) => {
    child.on('close', (code, signal) => settle(code ?? signal ?? ''));
  });
  const ready = async () => {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    for (;;) {
      const url = /^ready (http:\/\/localhost:\d+)$/m.exec(out.stdout)?.[1];
      if (url) return url;
      if (over) throw new Error(`It ended before it was ready:\n${out.stdout}${out.stderr}`);
      await sleep(20);
    }
  };
  return { child, stdout: () => out.stdout, stderr: () => out.stderr, ready, ended };
}

/** The living processes that a run of this project has started: by its data folder, and by the group in its run file. */
export function processesOf(project: string, groups: number[] = []): number[] {
  return listProcesses()
    .filter(({ args, group }) => groups.includes(group) || args.some((arg) => arg.includes(project)))
    .map(({ pid }) => pid);
}

export function runFile(project: string): { pid: number; url: string; children: { name: string; pid: number }[] } {
  return JSON.parse(readFileSync(join(project, '.kura/run.json'), 'utf8'));
}

/** The process groups that a running project has. */
export function groupsOf(project: string): number[] {
  return [postgresPid(project), ...runFile(project).children.map(({ pid }) => pid)];
}

export function postgresPid(project: string): number {
  return Number(readFileSync(join(project, '.kura/postgres/postmaster.pid'), 'utf8').split('\n')[0]);
}
