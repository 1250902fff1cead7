import { readLedger } from './database/ledger.ts';
import { readMigrations } from './files/folder.ts';
import { adopt } from './run/adopt.ts';
import { type RunOptions, withDefaults } from './run/options.ts';
import { planDowngrade } from './run/plan.ts';
import { revertMigration, type Way, wayBack } from './run/revert.ts';
import { withRunner } from './run/runner.ts';
import type { Done } from './upgrade.ts';

export interface DowngradeOptions extends RunOptions {
  /** Uses the down scripts of this checkout rather than those stored when the migrations were applied. */
  readonly fromFiles?: boolean;
  /** Called with what is about to run, before anything does; throws to refuse. */
  readonly confirm?: (ways: readonly Way[]) => Promise<void>;
}

/**
 * Takes migrations back, newest application first: `-N` of them, all but those up to a name, or all (`base`). The whole
 * way is looked up before the first step, so a migration without a way back stops it before anything has changed.
 */
export async function downgradeTo(target: string, options: DowngradeOptions): Promise<Done[]> {
  const { fromFiles = false, confirm = async () => {}, ...rest } = options;
  const settings = withDefaults(rest);
  const migrations = await readMigrations(settings.folder);
  return withRunner(settings, async (runner) => {
    await adopt(runner, migrations);
    const { rows } = await readLedger(runner.connection);
    const ways = planDowngrade(rows, target).map((row) => wayBack(row, migrations, fromFiles));
    await confirm(ways);
    const done: Done[] = [];
    const steps = ways.map((way) => ({
      title: way.row.name,
      run: async (note: (text: string) => void) => {
        done.push({ name: way.row.name, durationMs: await revertMigration(runner, way, note) });
      },
    }));
    await settings.report.steps(steps);
    return done;
  });
}
