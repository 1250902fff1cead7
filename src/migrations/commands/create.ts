import { relative } from 'node:path';
import { isCancel, select } from '@clack/prompts';
import type { Command } from 'commander';
import { Option } from 'commander';
import { createMigration } from '../create.ts';
import type { Ask } from '../engine/resolve.ts';
import { defaultSchema } from '../engine/schema.ts';
import { MigrationFault } from '../fault.ts';
import { wrap } from '../output/format.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';

interface Flags extends CommonOptions {
  readonly message: string;
  readonly schema: string;
  readonly rename: string[];
  /** commander turns --no-renames into this. */
  readonly renames: boolean;
  readonly empty?: boolean;
  readonly ts?: boolean;
}

export function createCommand(): Command {
  return verb('create', 'Write the next migration and its way back, from what changed in the schema')
    .requiredOption('-m, --message <name>', 'what it does, as a name')
    .addOption(new Option('--schema <file>', 'the tables').default(defaultSchema, 'src/schema.ts'))
    .addOption(
      new Option('--rename <old=new>', 'what was renamed: users=people, users.email=mail; may be repeated')
        .default([])
        .argParser((text: string, all: string[]) => [...all, text]),
    )
    .option('--no-renames', 'nothing else was renamed: drop the old, make the new')
    .addOption(new Option('--empty', 'for hand-written SQL').conflicts('ts'))
    .option('--ts', 'a data migration in TypeScript')
    .action((flags: Flags) =>
      runVerb('create', flags, async (shell) => {
        const created = await createMigration({
          name: flags.message,
          folder: flags.dir,
          schema: flags.schema,
          kind: flags.ts ? 'ts' : flags.empty ? 'empty' : 'compared',
          given: flags.rename,
          noRenames: !flags.renames,
          ask: shell.interactive ? ask : undefined,
        });
        const files = created.files.map((file) => relative(process.cwd(), file));
        const lines = [
          ...files.map((file) => `${shell.colors.green('wrote')} ${file}`),
          ...created.renames.map((rename) => `renamed ${rename.replace('=', ' to ')}`),
          ...created.limits.flatMap((limit) =>
            wrap(limit, '  ').map((line, n) => (n === 0 ? `${shell.colors.yellow('!')}${line.slice(1)}` : line)),
          ),
        ];
        const { name, renames, limits, up } = created;
        return { data: { name, files, renames, limits, statements: up }, lines };
      }),
    );
}

const ask: Ask = async ({ kind, added, gone }) => {
  const answer = await select<string>({
    message: `Is the ${kind} ${added} new, or an old one renamed?`,
    options: [
      { value: '', label: `${added} is new` },
      ...gone.map((from) => ({ value: from, label: `${from} was renamed`, hint: 'keeps its data' })),
    ],
  });
  if (isCancel(answer)) throw new MigrationFault('interrupted', 'Nothing was written');
  return answer || undefined;
};
