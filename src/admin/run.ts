import { Command } from 'commander';
import { Stop } from '../dev/exit.ts';
import { AppError } from '../errors.ts';
import { MigrationFault, oneLine } from '../migrations/fault.ts';

/** Why a command ended, and the exit code that says so: those of `npm run db`. */
const EXITS: Readonly<Partial<Record<AppError['code'], number>>> = {
  invalid_input: 2,
  configuration: 2,
  unavailable: 4,
  connection_lost: 4,
  email_taken: 7,
  username_taken: 7,
  not_found: 7,
  conflict: 7,
};

/** A command with the options that all have. `run` is what its action calls. */
export const command = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option(
      '--url <url>',
      'database: a Neon host, or a Postgres without TLS; by default DATABASE_URL, else that of npm start',
    );

/** Prints the lines that `action` gives, or one line that says why it failed: the only way out. */
export async function run(action: () => Promise<readonly string[]>): Promise<void> {
  try {
    for (const line of await action()) process.stdout.write(`${line}\n`);
  } catch (error) {
    const [message, code] = explained(error);
    process.stderr.write(`error ${message}\n`);
    process.exitCode = code;
  }
}

function explained(error: unknown): [message: string, exitCode: number] {
  if (error instanceof MigrationFault) return [error.message, error.exitCode];
  if (error instanceof Stop) return [error.message, 4];
  if (!(error instanceof AppError)) return [oneLine(error), 70];
  if (error.code === 'query_failed') return ['The database has no accounts yet: npm run db -- upgrade', 7];
  const fields = error.fields.map(({ path, message }) => `${path.replace(/^body\./, '')} ${message}`);
  return [fields.join('; ') || error.message, EXITS[error.code] ?? 70];
}
