import { readLedger } from '../database/ledger.ts';
import { literal } from '../database/literal.ts';
import { MigrationFault, oneLine } from '../fault.ts';
import { checksum, splitScript } from '../files/script.ts';
import { needsNoTransaction, waitsForOldTransactions } from '../sql/classify.ts';
import { type Parsed, parseSql } from '../sql/parse.ts';
import { atStatement } from './pieces.ts';
import { alreadyDone } from './probe.ts';
import { isConflict } from './retry.ts';
import type { Runner } from './runner.ts';

type Note = (text: string) => void;

interface Unprotected {
  readonly name: string;
  /** Whether an earlier run began it: only then may what a statement makes be there already. */
  readonly resumed: boolean;
}

/**
 * Runs a script outside a transaction, one statement at a time, noting in the ledger how far it came: what can be in a
 * transaction is in one with that note; before each other one it is found out whether a killed run had finished it.
 */
export async function runUnprotected(
  runner: Runner,
  { name, resumed }: Unprotected,
  script: string,
  note: Note,
): Promise<void> {
  const statements = (await Promise.all(splitScript(script).map(parseSql))).flat();
  const start = await progressOf(runner, name, statements);
  for (let index = start; index < statements.length; index++) {
    const statement = statements[index];
    if (!statement) continue;
    note(`statement ${index + 1} of ${statements.length}`);
    const saved = saveProgress(name, index + 1, statements);
    try {
      if (needsNoTransaction(statement)) await runAlone(runner, { name, resumed }, statement, note);
      else await runTogether(runner, name, statement, saved, index + 1, note);
      await runner.connection.query(saved);
    } catch (error) {
      throw await recordFailure(runner, name, atStatement(error, index + 1, statements.length, statement.text));
    }
  }
}

async function runTogether(
  runner: Runner,
  name: string,
  { text }: Parsed,
  saved: string,
  done: number,
  note: Note,
): Promise<void> {
  const isDone = async () =>
    ((await readLedger(runner.connection)).rows.find((row) => row.name === name)?.progress ?? 0) >= done;
  const work = async () => {
    await runner.connection.query(text);
    await runner.connection.query(saved);
  };
  await runner.transaction(name, note, work, isDone);
}

async function runAlone(runner: Runner, { name, resumed }: Unprotected, statement: Parsed, note: Note): Promise<void> {
  const lockTimeout = waitsForOldTransactions(statement) ? 0 : runner.settings.lockTimeoutMs;
  for (let attempt = 0; ; attempt++) {
    if ((resumed || attempt > 0) && (await alreadyDone(runner.connection, statement, note))) return;
    try {
      await runner.connection.query(`set lock_timeout = ${lockTimeout}`);
      await runner.connection.query(statement.text);
      return;
    } catch (error) {
      if (runner.connection.lost || !isConflict(error)) throw error;
      await runner.conflict(name, attempt, error, note);
    } finally {
      if (!runner.connection.lost) await runner.connection.query('set lock_timeout = 0');
    }
  }
}

/** Where to go on. The statements that were run must still be those of the script. */
async function progressOf(runner: Runner, name: string, statements: readonly Parsed[]): Promise<number> {
  const row = (await readLedger(runner.connection)).rows.find((found) => found.name === name);
  if (!row || row.progress === 0) return 0;
  if (row.progressChecksum === prefix(statements, row.progress)) return row.progress;
  const message = `${name} was edited in the ${row.progress} statements that were run already: restore those, edit only what follows`;
  throw new MigrationFault('refused', message, { migration: name });
}

function saveProgress(name: string, done: number, statements: readonly Parsed[]): string {
  return `update drizzle.kura_migrations set progress = ${done}, progress_checksum = ${literal(prefix(statements, done))}
    where name = ${literal(name)}`;
}

function prefix(statements: readonly Parsed[], count: number): string {
  return checksum(
    statements
      .slice(0, count)
      .map(({ text }) => text)
      .join(';\n'),
  );
}

async function recordFailure(runner: Runner, name: string, error: unknown): Promise<MigrationFault> {
  const reason = oneLine(error);
  await runner.connection
    .query(`update drizzle.kura_migrations set error = ${literal(reason)} where name = ${literal(name)}`)
    .catch(() => {}); // the connection is gone: the ledger still says how far it came
  const code = error instanceof MigrationFault ? error.code : 'migration_failed';
  const text = reason.startsWith(name) ? reason : `${name} failed: ${reason}`;
  const message = `${text.replace(/; nothing of it was saved$/, '')}; what ran before it is kept: mend the cause and run it again`;
  return new MigrationFault(code, message, { cause: error, migration: name });
}
