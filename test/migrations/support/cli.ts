import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { inject, vi } from 'vitest';

export const cliPath = fileURLToPath(new URL('../../../src/migrations/cli.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Ran>;
  kill(): void;
  /** Settles at the first line of output, or at the end. */
  readonly spoke: Promise<void>;
}

/** Starts `npm run db -- …` without npm, with nothing on its standard input. */
export function startDb(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [cliPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: '', ENVIRONMENT: '', ...env },
  });
  const out = { stdout: '', stderr: '' };
  const spoke = Promise.withResolvers<void>();
  child.stdout.on('data', (data) => {
    spoke.resolve();
    out.stdout += data;
  });
  child.stderr.on('data', (data) => {
    out.stderr += data;
  });
  const ended = new Promise<Ran>((resolve) =>
    child.on('close', (code, signal) => {
      spoke.resolve();
      resolve({ code, signal, ...out });
    }),
  );
  return { ended, spoke: spoke.promise, kill: () => child.kill('SIGKILL') };
}

/** Runs it to its end. */
export const db = (args: readonly string[], env?: Record<string, string>): Promise<Ran> => startDb(args, env).ended;

/** Runs it with `--json` and reads the answer. */
export async function dbJson(
  args: readonly string[],
  env?: Record<string, string>,
): Promise<{ code: number | null; json: Record<string, unknown> }> {
  const { code, stdout } = await db([...args, '--json'], env);
  return { code, json: JSON.parse(stdout) as Record<string, unknown> };
}

/** Where scratch databases of these tests are made. */
export const scratch = (): string[] => ['--scratch', inject('postgres')];

/** Runs a verb with `--json` in this process, which is quicker than a new one: its exit code and its answer. */
export async function runCommand(
  command: Command,
  args: readonly string[],
): Promise<{ code: unknown; json: Record<string, unknown> }> {
  let output = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
  const before = process.exitCode;
  try {
    await command.parseAsync([...args, '--json'], { from: 'user' });
    return { code: process.exitCode, json: JSON.parse(output) as Record<string, unknown> };
  } finally {
    write.mockRestore();
    process.exitCode = before;
  }
}
