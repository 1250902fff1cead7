import type { Command } from 'commander';
import { withTarget } from '../database/target.ts';
import { findByName } from '../files/find.ts';
import { type Migration, readMigrations } from '../files/folder.ts';
import { type LintFinding, lintMigration } from '../lint/lint.ts';
import { count, wrap } from '../output/format.ts';
import type { Shell } from '../output/shell.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { readStatus } from '../status.ts';

interface Flags extends CommonOptions {
  readonly pending?: boolean;
  readonly since?: string;
}

export function lintCommand(): Command {
  return verb('lint', 'Find what would lock, rewrite or break on a database that serves traffic')
    .argument('[migrations...]', 'which; by default all')
    .option('--pending', 'those that the database lacks')
    .option('--since <migration>', 'those after this one')
    .action((named: string[], flags: Flags) =>
      runVerb('lint', flags, async (shell) => {
        const chosen = await choose(await readMigrations(flags.dir), named, flags);
        const findings = (await Promise.all(chosen.map(lintMigration))).flat();
        const last =
          findings.length === 0
            ? `${count(chosen.length, 'migration')}: nothing unsafe`
            : count(findings.length, 'finding');
        const data = { migrations: chosen.map(({ name }) => name), findings };
        return {
          ok: findings.length === 0,
          data,
          lines: [...findings.flatMap((finding) => show(finding, shell)), last],
        };
      }),
    );
}

async function choose(
  all: readonly Migration[],
  named: readonly string[],
  { pending, since, ...flags }: Flags,
): Promise<readonly Migration[]> {
  if (pending)
    return withTarget(flags.url, async (url) => (await readStatus({ ...flags, url, folder: flags.dir })).pending);
  if (since) return all.filter(({ idx }) => idx > findByName(all, since).idx);
  return named.length === 0 ? all : named.map((text) => findByName(all, text));
}

function show({ migration, statement, sql, rule, subject, why, safe }: LintFinding, { colors }: Shell): string[] {
  const shown = sql.length > 74 ? `${sql.slice(0, 71)}...` : sql;
  return [
    `${colors.yellow(rule)} ${subject}  ${colors.dim(`${migration}, statement ${statement}`)}`,
    `  ${colors.dim(shown)}`,
    ...wrap(`Why: ${why}.`, '  '),
    ...wrap(`Safe: ${safe}.`, '  '),
    '',
  ];
}
