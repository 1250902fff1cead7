import type { Command } from 'commander';
import { withTarget } from '../database/target.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { readStatus } from '../status.ts';

export function currentCommand(): Command {
  return verb('current', 'Show the newest migration of the database').action((flags: CommonOptions) =>
    runVerb('current', flags, () =>
      withTarget(flags.url, async (url) => {
        const { current, pending } = await readStatus({ ...flags, url, folder: flags.dir });
        if (!current) return { data: { current: null }, lines: ['Nothing is applied'] };
        const head = pending.length === 0 ? ' (head)' : '';
        return {
          data: { current },
          lines: [`${current.name}${head}, applied ${current.appliedAt} by ${current.appliedBy}`],
        };
      }),
    ),
  );
}
