import { type Ledger, readLedger } from './database/ledger.ts';
import { MigrationFault } from './fault.ts';
import { type Migration, readMigrations } from './files/folder.ts';
import { adopt } from './run/adopt.ts';
import { applyMigration } from './run/apply.ts';
import { type RunOptions, withDefaults } from './run/options.ts';
import { editedOf, planUpgrade } from './run/plan.ts';
import { revertMigration, wayBack } from './run/revert.ts';
import { type Runner, withRunner } from './run/runner.ts';
import { takeSquashes } from './run/squashed.ts';

export interface Done {
  readonly name: string;
  readonly durationMs: number;
}

/**
 * Applies every migration of `drizzle/` that the database's ledger lacks, in order, each in a transaction of its own with
 * its ledger row. `url` is the direct host. Returns the names applied. Throws MigrationFault.
 */
export async function upgrade(url: string, options: Omit<RunOptions, 'url'> = {}): Promise<string[]> {
  return (await upgradeTo('head', { ...options, url })).map(({ name }) => name);
}

/** The same up to `target`: `head`, `+N` (that many more) or a migration's name. */
export async function upgradeTo(target: string, options: RunOptions): Promise<Done[]> {
  const settings = withDefaults(options);
  const migrations = await readMigrations(settings.folder);
  return withRunner(settings, async (runner) => {
    await finishReverting(runner, migrations, await takeSquashes(runner, migrations, await adopt(runner, migrations)));
    const ledger = await readLedger(runner.connection);
    if (!settings.allowEdited) refuseEdited(editedOf(migrations, ledger.rows));
    const done: Done[] = [];
    const steps = planUpgrade(migrations, ledger, target).map((migration) => ({
      title: migration.name,
      run: async (note: (text: string) => void) => {
        done.push({ name: migration.name, durationMs: await applyMigration(runner, migration, note) });
      },
    }));
    await settings.report.steps(steps);
    return done;
  });
}

/** A killed downgrade may have left one half taken back: that is finished first, and then it is pending like any other. */
async function finishReverting(runner: Runner, migrations: readonly Migration[], { rows }: Ledger): Promise<void> {
  for (const row of rows.filter(({ state }) => state === 'reverting')) {
    const { note } = runner.settings.report;
    note(`${row.name} is half taken back: finishing that first`);
    await revertMigration(runner, wayBack(row, migrations, false), note);
  }
}

function refuseEdited(edited: readonly Migration[]): void {
  if (edited.length === 0) return;
  const names = edited.map(({ name }) => name).join(', ');
  throw new MigrationFault(
    'refused',
    `${names} was edited after it was applied: restore the file from git and put the change into a new migration`,
  );
}
