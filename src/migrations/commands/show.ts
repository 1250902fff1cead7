import type { Command } from 'commander';
import { withTarget } from '../database/target.ts';
import { MigrationFault } from '../fault.ts';
import { findByName } from '../files/find.ts';
import { duration } from '../output/format.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { readStatus } from '../status.ts';

export function showCommand(): Command {
  return verb('show', 'Show one migration: its state, and its scripts as they were applied')
    .argument('<migration>', 'its name, its number or a part of its name')
    .action((text: string, flags: CommonOptions) =>
      runVerb('show', flags, (shell) =>
        withTarget(flags.url, async (url) => {
          const { folder, rows } = await readStatus({ ...flags, url, folder: flags.dir });
          const all = new Map([...rows, ...folder.migrations].map(({ name }) => [name, { name }]));
          const { name } = findByName([...all.values()], text);
          const row = rows.find((found) => found.name === name);
          const file = folder.migrations.find((found) => found.name === name);
          const down = row?.down ?? file?.down ?? null;
          if (!row && !file) throw new MigrationFault('internal', `${name} was lost between two looks`);
          const state = row ? (row.error ? 'failed' : row.state) : 'pending';
          const took = row?.durationMs ? `, in ${duration(row.durationMs)}` : '';
          const lines = [
            `${shell.colors.bold(name)}  ${state}`,
            ...(row ? [`${row.appliedAt} by ${row.appliedBy}${took} (${row.origin})`] : []),
            ...(row?.error ? [`error: ${row.error}`] : []),
            ...(row && file && row.checksum !== file.checksum ? ['edited: the file is not what was applied'] : []),
            `checksum ${row?.checksum ?? file?.checksum}`,
            '',
            shell.colors.bold('-- up'),
            file?.up.trim() ?? '(the file is not in this checkout)',
            '',
            shell.colors.bold('-- down'),
            (file?.kind === 'ts' ? '(down(tx) of the module)' : down?.trim()) ?? '(none)',
          ];
          const { appliedAt = null, appliedBy = null, durationMs = null, origin = null, error = null } = row ?? {};
          const checksum = row?.checksum ?? file?.checksum;
          return {
            data: {
              name,
              state,
              appliedAt,
              appliedBy,
              durationMs,
              origin,
              error,
              checksum,
              up: file?.up ?? null,
              down,
            },
            lines,
          };
        }),
      ),
    );
}
