import { readLedger } from './database/ledger.ts';
import { deleteApplied, insertApplied, insertDrizzle, type Origin } from './database/ledger-sql.ts';
import { findByName } from './files/find.ts';
import { type Migration, readMigrations } from './files/folder.ts';
import { adopt } from './run/adopt.ts';
import { type RunOptions, withDefaults } from './run/options.ts';
import { withRunner } from './run/runner.ts';

export interface Stamped {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Makes the ledgers say that the migrations up to `target` (a name, `head` or `base`) are applied, and runs nothing. */
export async function stamp(target: string, options: RunOptions, origin: Origin = 'stamp'): Promise<Stamped> {
  const settings = withDefaults(options);
  const migrations = await readMigrations(settings.folder);
  const upTo =
    target === 'base' ? -1 : target === 'head' ? Number.POSITIVE_INFINITY : findByName(migrations, target).idx;
  return withRunner(settings, async (runner) => {
    const { rows } = await adopt(runner, migrations);
    const wanted = migrations.filter(({ idx }) => idx <= upTo);
    const isThere = ({ when }: Pick<Migration, 'when'>) =>
      rows.some((row) => row.when === when && row.state === 'applied');
    const added = wanted.filter((migration) => !isThere(migration));
    const removed = rows.filter(({ when }) => !wanted.some((migration) => migration.when === when));
    const work = async () => {
      for (const row of removed) await runner.connection.query(deleteApplied(row));
      // Those that are there already are written again, too: drizzle's ledger may lack them.
      for (const migration of wanted) {
        if (isThere(migration)) await runner.connection.query(insertDrizzle(migration));
        else await runner.connection.query(insertApplied(migration, { origin, by: settings.by, durationMs: null }));
      }
    };
    const isDone = async () => {
      const now = (await readLedger(runner.connection)).rows.map(({ when }) => when);
      return wanted.every(({ when }) => now.includes(when)) && removed.every(({ when }) => !now.includes(when));
    };
    await runner.transaction(`stamp ${target}`, settings.report.note, work, isDone);
    return { added: added.map(({ name }) => name), removed: removed.map(({ name }) => name) };
  });
}
