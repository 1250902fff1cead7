import { type Command, Option } from 'commander';
import { checkDrift, dumpMade } from '../check/drift.ts';
import { checkFiles } from '../check/files.ts';
import type { Finding } from '../check/finding.ts';
import { checkLedger } from '../check/ledger.ts';
import { withTarget } from '../database/target.ts';
import { defaultSchema } from '../engine/schema.ts';
import { readFolder } from '../files/folder.ts';
import { count, wrap } from '../output/format.ts';
import { type CommonOptions, runVerb, verb } from '../output/verb.ts';
import { withScratch } from '../scratch/scratch.ts';
import { readStatus, type Status } from '../status.ts';

interface Flags extends CommonOptions {
  readonly schema: string;
  readonly scratch?: string;
  /** commander turns --no-database and --no-drift into these. */
  readonly database: boolean;
  readonly drift: boolean;
}

export function checkCommand(): Command {
  return verb('check', 'Exit with 1 where schema, files, ledger and live database do not agree, saying where')
    .addOption(new Option('--schema <file>', 'the tables').default(defaultSchema, 'src/schema.ts'))
    .option('--scratch <url>', 'server for a scratch database; by default one is started for the occasion')
    .option('--no-database', 'look at the files only')
    .option('--no-drift', 'leave the live schema out')
    .action((flags: Flags) =>
      runVerb('check', flags, async (shell) => {
        const findings = await checkFiles(await readFolder(flags.dir), flags.schema);
        if (flags.database)
          await withTarget(flags.url, async (url) => void findings.push(...(await checkDatabase(url, flags))));
        const lines = findings.flatMap(({ message, advice }) => [
          ...wrap(message, '  ').map((line, n) => (n === 0 ? `${shell.colors.red('x')}${line.slice(1)}` : line)),
          ...wrap(`-> ${advice}`, '    '),
        ]);
        const line = findings.length === 0 ? 'Everything agrees' : `${count(findings.length, 'finding')}`;
        return { ok: findings.length === 0, data: { findings }, lines: [...lines, line] };
      }),
    );
}

async function checkDatabase(url: string, flags: Flags): Promise<Finding[]> {
  const status = await readStatus({ url, via: flags.via, folder: flags.dir });
  const findings = checkLedger(status);
  const unknown = findings.some(({ code }) => code === 'unknown_migration' || code === 'unfinished');
  if (!flags.drift) return findings;
  // Without the files of what is applied there is nothing to compare the schema with.
  const expected = unknown || status.folder.missing.length > 0 ? undefined : await expectedDump(status, flags);
  const drift = await checkDrift({ url, via: flags.via }, expected);
  return [...findings, ...drift];
}

/** What the applied migrations make, in the order in which they were applied. */
async function expectedDump({ folder, rows }: Status, { scratch, dir }: Flags) {
  const applied = rows.flatMap(({ when }) => folder.migrations.find((migration) => migration.when === when) ?? []);
  return withScratch(scratch, (place) => dumpMade(place, dir, applied));
}
