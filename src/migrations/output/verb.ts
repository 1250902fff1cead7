import { Command, InvalidArgumentError, Option } from 'commander';
import type { Via } from '../database/address.ts';
import { MigrationFault, oneLine } from '../fault.ts';
import { defaultFolder } from '../files/folder.ts';
import { openShell, type Shell } from './shell.ts';

/** What every verb takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly dir: string;
  readonly url?: string;
  readonly via: Via;
}

/** What a verb ends with: its JSON, the same for people, and whether the answer is yes. */
export interface Outcome {
  readonly ok?: boolean;
  readonly data: object;
  readonly lines?: readonly string[];
}

/** A verb with the options that all have. `runVerb` is what its action calls. */
export function verb(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print one JSON document, and nothing else')
    .addOption(new Option('--dir <folder>', 'folder of migrations').default(defaultFolder, 'drizzle'))
    .option('--url <url>', 'database, direct host; by default DATABASE_URL, else the one that npm start runs')
    .addOption(
      new Option('--via <transport>', 'how to connect')
        .choices(['auto', 'tcp', 'websocket'])
        .default('auto', 'websocket for a Neon host'),
    );
}

/** Runs a verb and prints its outcome: the only way out, for failures too. Exit codes are in `docs/migrations.md`. */
export async function runVerb(
  name: string,
  options: CommonOptions,
  run: (shell: Shell) => Promise<Outcome>,
): Promise<void> {
  const shell = openShell(options.json === true);
  try {
    const { ok = true, data, lines = [] } = await run(shell);
    for (const line of lines) shell.say(line);
    if (shell.json) printJson({ ok, verb: name, ...data });
    process.exitCode = ok ? 0 : 1;
  } catch (error) {
    const fault =
      error instanceof MigrationFault ? error : new MigrationFault('internal', oneLine(error), { cause: error });
    if (shell.json) {
      const { code, message, migration } = fault;
      printJson({ ok: false, verb: name, error: { code, message, ...(migration === undefined ? {} : { migration }) } });
    } else shell.fail(fault.message);
    process.exitCode = fault.exitCode;
  }
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** A number of seconds or milliseconds (`3s`, `500ms`; a bare number is seconds), as milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as 500ms, 3s or 2m.');
  const unit = { ms: 1, s: 1000, m: 60_000 }[match[2] ?? 's'] ?? 1000;
  return Math.round(Number(match[1]) * unit);
}

export function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
