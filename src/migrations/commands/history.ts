import type { Command } from 'commander';
import { withTarget } from '../database/target.ts';
import { duration, table } from '../output/format.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { readStatus } from '../status.ts';

export function historyCommand(): Command {
  return verb('history', 'List the migrations: when each was applied, by whom, how long it took').action(
    (flags: CommonOptions) =>
      runVerb('history', flags, (shell) =>
        withTarget(flags.url, async (url) => {
          const { folder, rows } = await readStatus({ ...flags, url, folder: flags.dir });
          const files = folder.migrations
            .filter(({ when }) => !rows.some((row) => row.when === when))
            .map(({ name }) => ({
              name,
              state: 'pending' as const,
              appliedAt: null,
              appliedBy: null,
              durationMs: null,
              origin: null,
              error: null,
            }));
          const history = [
            ...rows.map(({ name, state, appliedAt, appliedBy, durationMs, origin, error }) => ({
              name,
              state: error ? ('failed' as const) : state,
              appliedAt,
              appliedBy,
              durationMs,
              origin,
              error,
            })),
            ...files,
          ];
          const cells = history.map(({ name, state, appliedAt, appliedBy, durationMs }) => [
            name,
            state,
            appliedAt ?? '',
            durationMs === null ? '' : duration(durationMs),
            appliedBy ?? '',
          ]);
          const [head, ...body] = table([['MIGRATION', 'STATE', 'APPLIED', 'TOOK', 'BY'], ...cells]);
          return { data: { history }, lines: [shell.colors.bold(head ?? ''), ...body] };
        }),
      ),
  );
}
