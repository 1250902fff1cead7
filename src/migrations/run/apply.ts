import { performance } from 'node:perf_hooks';
import { readLedger } from '../database/ledger.ts';
import { insertApplied, insertUnfinished } from '../database/ledger-sql.ts';
import type { Migration } from '../files/folder.ts';
import { runScript } from './pieces.ts';
import { failure, type Runner } from './runner.ts';
import { loadModule, transactionOf } from './typescript.ts';
import { runUnprotected } from './unfinished.ts';

type Note = (text: string) => void;

/** Applies one migration and notes it in both ledgers, all or nothing. Returns how long it took, in ms. */
export async function applyMigration(runner: Runner, migration: Migration, note: Note): Promise<number> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  if (migration.noTransaction) await begin(runner, migration, note);
  const finish = async () => {
    const entry = { origin: 'upgrade', by: runner.settings.by, durationMs: elapsed() } as const;
    await runner.connection.query(insertApplied(migration, entry));
  };
  const work = async () => {
    if (!migration.noTransaction) await run(runner, migration, note);
    await finish();
  };
  await runner.transaction(migration.name, note, work, () => isApplied(runner, migration));
  return elapsed();
}

async function run(runner: Runner, migration: Migration, note: Note): Promise<void> {
  if (migration.kind === 'sql') return runScript(runner.connection, migration.up, note);
  const { up } = await loadModule(migration.path, migration.name);
  await up(transactionOf(runner.connection, note));
}

/** Everything of a migration without a transaction but its last step, the finished rows of the ledgers. */
async function begin(runner: Runner, migration: Migration, note: Note): Promise<void> {
  const { connection, settings } = runner;
  const resumed = (await readLedger(connection)).rows.some(({ name }) => name === migration.name);
  await connection.query(insertUnfinished(migration, settings.by));
  if (migration.kind === 'sql') return runUnprotected(runner, { name: migration.name, resumed }, migration.up, note);
  try {
    await run(runner, migration, note);
  } catch (error) {
    const fault = failure(migration.name, error);
    await connection
      .query('update drizzle.kura_migrations set error = $1 where name = $2', [fault.message, migration.name])
      .catch(() => {}); // the row says that it is unfinished all the same
    throw fault;
  }
}

async function isApplied(runner: Runner, { when }: Migration): Promise<boolean> {
  const { rows } = await readLedger(runner.connection);
  return rows.some((row) => row.when === when && row.state === 'applied');
}
