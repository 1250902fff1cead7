import type { Command } from 'commander';
import { baseline } from '../baseline.ts';
import { withTarget } from '../database/target.ts';
import { type RunFlags, runOptions, withRunFlags } from '../output/run-flags.ts';
import { runVerb, verb } from '../output/verb.ts';

export function baselineCommand(): Command {
  return withRunFlags(
    verb('baseline', 'Adopt a database that has the tables and no ledger: stamp what its schema shows'),
  )
    .argument('[migration]', 'the newest that it has; by default found out by comparing schemas')
    .option('--scratch <url>', 'server for a scratch database; by default one is started for the occasion')
    .action((target: string | undefined, flags: RunFlags & { scratch?: string }) =>
      runVerb('baseline', flags, (shell) =>
        withTarget(flags.url, async (url) => {
          const options = { ...runOptions(url, flags), report: shell.reporter('adopted') };
          const { name, added } = await baseline(target, flags.scratch, options);
          return {
            data: { name, added },
            lines: [`The schema is that of ${name}: ${added.join(', ') || 'nothing'} adopted`],
          };
        }),
      ),
    );
}
