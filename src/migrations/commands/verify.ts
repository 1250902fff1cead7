import type { Command } from 'commander';
import { count, wrap } from '../output/format.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { withScratch } from '../scratch/scratch.ts';
import { verifyMigrations } from '../verify/verify.ts';

export function verifyCommand(): Command {
  return verb('verify', 'On a scratch database: all up, down to base, up again; schemas must match to the last byte')
    .option('--scratch <url>', 'server for a scratch database; by default one is started for the occasion')
    .action((flags: CommonOptions & { scratch?: string }) =>
      runVerb('verify', flags, async (shell) => {
        const verified = await withScratch(flags.scratch, (scratch) =>
          verifyMigrations(scratch, flags.dir, (text) => shell.say(shell.colors.dim(text))),
        );
        const { findings, migrations, seeded, irreversible } = verified;
        const lines = [
          ...findings.flatMap(({ migration, step, message }) =>
            wrap(`${step} ${migration}: ${message}`, '  ').map((line, n) =>
              n === 0 ? `${shell.colors.red('x')}${line.slice(1)}` : line,
            ),
          ),
          ...irreversible.map((name) => `${name} has no way back: it and those before it were not taken back`),
          seeded.length > 0 ? `Rows were kept in ${seeded.join(', ')}` : 'No table took made-up rows',
          findings.length === 0
            ? `${count(migrations.length, 'migration')} up, down and up again: the same`
            : count(findings.length, 'finding'),
        ];
        return { ok: findings.length === 0, data: verified, lines };
      }),
    );
}
