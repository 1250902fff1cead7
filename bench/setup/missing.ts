import { spawnSync } from 'node:child_process';

/** Why something cannot be had on this machine. */
export class Missing extends Error {}

interface Surroundings {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program says, run to its end. Throws `Missing`, with why it failed or could not be run at all. */
export function runOrMissing(
  program: string,
  args: readonly string[],
  failure: string,
  { cwd, env }: Surroundings = {},
): string {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  // Of a program that could not be run there is no output, not even an empty one: `error` comes first.
  if (status !== 0) throw new Missing(`${failure}: ${error?.message || stderr || stdout || (signal ?? status)}`);
  return stdout;
}
