import type { Command } from 'commander';
import { withTarget } from '../database/target.ts';
import { offlineUpgrade } from '../offline/upgrade.ts';
import { count } from '../output/format.ts';
import { type RunFlags, runOptions, withRunFlags } from '../output/run-flags.ts';
import { runVerb, verb } from '../output/verb.ts';
import { upgradeTo } from '../upgrade.ts';

export function upgradeCommand(): Command {
  return withRunFlags(verb('upgrade', 'Apply the migrations that the database lacks'))
    .argument('[target]', 'head, +N, a migration, or with --sql a range FROM:TO', 'head')
    .option('--sql', 'print the script instead of running it; no connection is made')
    .option('--allow-edited', 'go on although an applied file was edited')
    .action((target: string, flags: RunFlags & { sql?: boolean; allowEdited?: boolean }) =>
      runVerb('upgrade', flags, async (shell) => {
        if (flags.sql) {
          const script = await offlineUpgrade(target, flags.dir, runOptions('', flags));
          return { data: { sql: script }, lines: [script] };
        }
        return withTarget(flags.url, async (url) => {
          const options = { ...runOptions(url, flags), allowEdited: flags.allowEdited === true };
          const applied = await upgradeTo(target, { ...options, report: shell.reporter('applied') });
          const line = applied.length === 0 ? 'Nothing to apply' : `Applied ${count(applied.length, 'migration')}`;
          return { data: { applied }, lines: [line] };
        });
      }),
    );
}
