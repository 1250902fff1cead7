import { type Command, Option } from 'commander';
import { connect } from '../database/connection.ts';
import { readLedger } from '../database/ledger.ts';
import { withTarget } from '../database/target.ts';
import { mergeBranches } from '../merge/merge.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';

interface Flags extends CommonOptions {
  readonly keep?: 'ours' | 'theirs';
  readonly database: boolean;
}

export function mergeCommand(): Command {
  return verb('merge', 'After two branches both made number N: put one side’s migrations after the other’s')
    .addOption(
      new Option(
        '--keep <side>',
        'the side that keeps its numbers; by default the applied one, else the older',
      ).choices(['ours', 'theirs']),
    )
    .option('--no-database', 'do not ask the database what is applied')
    .action((flags: Flags) =>
      runVerb('merge', flags, async () => {
        const applied = flags.database ? await withTarget(flags.url, (url) => appliedNames(url, flags)) : [];
        const { kept, moved } = await mergeBranches(flags.dir, applied, flags.keep);
        const lines = [
          ...kept.map((name) => `kept  ${name}`),
          ...moved.map(({ from, to }) => `moved ${from} to ${to}`),
        ];
        return { data: { kept, moved }, lines: lines.length === 0 ? ['There is one head: nothing to merge'] : lines };
      }),
    );
}

async function appliedNames(url: string, { via }: Flags): Promise<string[]> {
  const connection = await connect({ url, via });
  try {
    return (await readLedger(connection)).rows.map(({ name }) => name);
  } finally {
    await connection.close();
  }
}
