import { performance } from 'node:perf_hooks';
import type { LedgerRow } from '../database/ledger.ts';
import { readLedger } from '../database/ledger.ts';
import { deleteApplied } from '../database/ledger-sql.ts';
import { literal } from '../database/literal.ts';
import { MigrationFault } from '../fault.ts';
import type { Migration } from '../files/folder.ts';
import { directive } from '../files/script.ts';
import { runScript } from './pieces.ts';
import type { Runner } from './runner.ts';
import { loadModule, transactionOf } from './typescript.ts';
import { runUnprotected } from './unfinished.ts';

type Note = (text: string) => void;

/** The way back of an applied migration. */
export interface Way {
  readonly row: LedgerRow;
  /** The script, or the path of the TypeScript module. */
  readonly kind: 'sql' | 'ts';
  readonly text: string;
}

/**
 * The way back: the script that the ledger stored, so that an older checkout can go back too; the file's where the
 * ledger has none (an adopted database), or where `fromFiles` asks for it. Throws `refused` where there is none.
 */
export function wayBack(row: LedgerRow, migrations: readonly Migration[], fromFiles: boolean): Way {
  const migration = migrations.find(({ when }) => when === row.when);
  const refuse = (message: string) => new MigrationFault('refused', message, { migration: row.name });
  if (row.kind === 'ts') {
    if (!migration)
      throw refuse(
        `${row.name} is a TypeScript migration, and its file is not in this checkout: go back with one that has it`,
      );
    return { row, kind: 'ts', text: migration.path };
  }
  const script = fromFiles ? (migration?.down ?? row.down) : (row.down ?? migration?.down);
  if (script === null || script === undefined)
    throw refuse(`${row.name} has no way back: there was no ${row.name}.down.sql when it was applied`);
  const reason = directive(script, 'irreversible');
  if (reason !== undefined) throw refuse(`${row.name} cannot be taken back${reason ? `: ${reason}` : ''}`);
  return { row, kind: 'sql', text: script };
}

/** Takes one migration back and out of both ledgers, all or nothing. Returns how long it took, in ms. */
export async function revertMigration(runner: Runner, { row, kind, text }: Way, note: Note): Promise<number> {
  const started = performance.now();
  const unprotected = kind === 'sql' && directive(text, 'no-transaction') !== undefined;
  if (unprotected) await begin(runner, row, text, note);
  const work = async () => {
    if (kind === 'ts') await runModule(runner, row.name, text, note);
    else if (!unprotected) await runScript(runner.connection, text, note);
    await runner.connection.query(deleteApplied(row));
  };
  const isGone = async () => !(await readLedger(runner.connection)).rows.some(({ name }) => name === row.name);
  await runner.transaction(row.name, note, work, isGone);
  return Math.round(performance.now() - started);
}

async function begin(runner: Runner, { name, when, state }: LedgerRow, script: string, note: Note): Promise<void> {
  const resumed = state !== 'applied';
  if (state !== 'reverting') {
    // Half reverted is not applied: drizzle's ledger, which readiness reads, lacks it from here on.
    await runner.connection.query(`update drizzle.kura_migrations
      set state = 'reverting', progress = 0, progress_checksum = null, error = null where name = ${literal(name)};
      delete from drizzle.__drizzle_migrations where created_at = ${when}`);
  }
  await runUnprotected(runner, { name, resumed }, script, note);
}

async function runModule(runner: Runner, name: string, path: string, note: Note): Promise<void> {
  const { down } = await loadModule(path, name);
  if (!down)
    throw new MigrationFault('refused', `${name} cannot be taken back: it exports no function down(tx)`, {
      migration: name,
    });
  await down(transactionOf(runner.connection, note));
}
