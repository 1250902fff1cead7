import type { Command } from 'commander';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { squashMigrations } from '../squash.ts';

export function squashCommand(): Command {
  return verb('squash', 'Fold the migrations up to this one into one; databases that have them run nothing')
    .argument('[migration]', 'the last one to fold', 'head')
    .option('-m, --message <name>', 'its name', 'baseline')
    .action((target: string, flags: CommonOptions & { message: string }) =>
      runVerb('squash', flags, async () => {
        const { name, replaced } = await squashMigrations(target, flags.message, flags.dir);
        const lines = [
          ...replaced.map((old) => `folded ${old}`),
          `into   ${name}`,
          'Every database must have them before it gets this version',
        ];
        return { data: { name, replaced }, lines };
      }),
    );
}
