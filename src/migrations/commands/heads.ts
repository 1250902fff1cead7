import type { Command } from 'commander';
import { readFolder } from '../files/folder.ts';
import { headsOf } from '../files/heads.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';

export function headsCommand(): Command {
  return verb('heads', 'Show the newest migration of the files; more than one after a merge of two branches').action(
    (flags: CommonOptions) =>
      runVerb('heads', flags, async () => {
        const heads = await headsOf(await readFolder(flags.dir));
        const lines =
          heads.length === 0
            ? ['There are no migrations']
            : heads.map((name) => (heads.length === 1 ? `${name} (head)` : name));
        if (heads.length > 1) lines.push('Two branches: join them with `npm run db -- merge`');
        return { data: { heads }, lines };
      }),
  );
}
