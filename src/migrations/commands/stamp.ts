import type { Command } from 'commander';
import { withTarget } from '../database/target.ts';
import { type RunFlags, runOptions, withRunFlags } from '../output/run-flags.ts';
import { runVerb, verb } from '../output/verb.ts';
import { stamp } from '../stamp.ts';

export function stampCommand(): Command {
  return withRunFlags(verb('stamp', 'Say in the ledger that the migrations up to this one are applied; runs nothing'))
    .argument('<migration>', 'the one that shall be the newest, head, or base')
    .action((target: string, flags: RunFlags) =>
      runVerb('stamp', flags, (shell) =>
        withTarget(flags.url, async (url) => {
          const { added, removed } = await stamp(target, {
            ...runOptions(url, flags),
            report: shell.reporter('stamped'),
          });
          const lines = [...added.map((name) => `+ ${name}`), ...removed.map((name) => `- ${name}`)];
          return { data: { added, removed }, lines: lines.length === 0 ? ['The ledger says so already'] : lines };
        }),
      ),
    );
}
