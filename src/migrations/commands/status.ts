import type { Command } from 'commander';
import { describeUrl } from '../database/address.ts';
import { withTarget } from '../database/target.ts';
import { count } from '../output/format.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { readStatus } from '../status.ts';

export function statusCommand(): Command {
  return verb('status', 'Say whether the database has all migrations')
    .option('--fail-on-pending', 'exit with 1 where it has not')
    .action((flags: CommonOptions & { failOnPending?: boolean }) =>
      runVerb('status', flags, () =>
        withTarget(flags.url, async (url) => {
          const { rows, pending, current } = await readStatus({ ...flags, url, folder: flags.dir });
          const unfinished = rows
            .filter(({ state }) => state !== 'applied')
            .map(({ name, state, error }) => ({ name, state, error }));
          const applied = rows.length - unfinished.length;
          const data = {
            database: describeUrl(url),
            current: current?.name ?? null,
            applied,
            pending: pending.map(({ name }) => name),
            unfinished,
          };
          const lines = [
            `${describeUrl(url)}: ${count(applied, 'migration')} applied, ${pending.length} pending`,
            ...pending.map(({ name }) => `  pending  ${name}`),
            ...unfinished.map(({ name, state, error }) => `  ${state} ${name}${error ? `: ${error}` : ''}`),
          ];
          return { ok: !flags.failOnPending || pending.length + unfinished.length === 0, data, lines };
        }),
      ),
    );
}
