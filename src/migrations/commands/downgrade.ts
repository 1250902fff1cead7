import { confirm, isCancel } from '@clack/prompts';
import type { Command } from 'commander';
import { isPrecious, withTarget } from '../database/target.ts';
import { downgradeTo } from '../downgrade.ts';
import { MigrationFault } from '../fault.ts';
import { offlineDowngrade } from '../offline/downgrade.ts';
import { count } from '../output/format.ts';
import { type RunFlags, runOptions, withRunFlags } from '../output/run-flags.ts';
import type { Shell } from '../output/shell.ts';
import { runVerb, verb } from '../output/verb.ts';
import type { Way } from '../run/revert.ts';
import { lossesOf } from '../sql/losses.ts';

interface Flags extends RunFlags {
  readonly sql?: boolean;
  readonly yes?: boolean;
  readonly fromFiles?: boolean;
}

export function downgradeCommand(): Command {
  return withRunFlags(verb('downgrade', 'Take migrations back, newest first; one by default'))
    .argument('[target]', '-N, the migration to go back to, base, or with --sql a range FROM:TO')
    .option('--sql', 'print the script instead of running it; no connection is made')
    .option('--yes', 'go on where data is lost, without asking')
    .option('--from-files', 'use this checkout’s down scripts, not those stored when they were applied')
    .action((target: string | undefined, flags: Flags) =>
      runVerb('downgrade', flags, async (shell) => {
        if (flags.sql) {
          const script = await offlineDowngrade(target, flags.dir, runOptions('', flags));
          return { data: { sql: script }, lines: [script] };
        }
        return withTarget(flags.url, async (url) => {
          const reverted = await downgradeTo(target ?? '-1', {
            ...runOptions(url, flags),
            report: shell.reporter('taken back'),
            fromFiles: flags.fromFiles === true,
            confirm: (ways) => (flags.yes || !isPrecious(url) ? Promise.resolve() : assertWanted(ways, shell)),
          });
          const line =
            reverted.length === 0 ? 'Nothing to take back' : `Took back ${count(reverted.length, 'migration')}`;
          return { data: { reverted }, lines: [line] };
        });
      }),
    );
}

/** Asks a person, and refuses where there is none to ask, if data would be lost. */
async function assertWanted(ways: readonly Way[], shell: Shell): Promise<void> {
  const losses: string[] = [];
  for (const { row, kind, text } of ways) {
    const lost = kind === 'ts' ? ['whatever its down(tx) removes'] : await lossesOf(text);
    losses.push(...lost.map((loss) => `${row.name}: ${loss}`));
  }
  if (losses.length === 0) return;
  const text = `This loses data: ${losses.join('; ')}`;
  if (!shell.interactive) throw new MigrationFault('refused', `${text}: give --yes if that is meant`);
  const answer = await confirm({ message: `${text}. Go on?`, initialValue: false });
  if (isCancel(answer) || !answer) throw new MigrationFault('refused', 'Nothing was taken back');
}
