import { describeDifference, diffDumps } from './dump/diff.ts';
import { type DumpItem, dumpText } from './dump/dump.ts';
import { dumpOf } from './dump/of-url.ts';
import { MigrationFault } from './fault.ts';
import { findByName } from './files/find.ts';
import { type Migration, readMigrations } from './files/folder.ts';
import { applyMigration } from './run/apply.ts';
import { type RunOptions, withDefaults } from './run/options.ts';
import { withRunner } from './run/runner.ts';
import { withScratch } from './scratch/scratch.ts';
import { stamp } from './stamp.ts';

/**
 * Adopts a database that was made otherwise: finds the migration whose schema it has (or makes sure of the one given)
 * and stamps it. Throws `found` where its schema is that of none.
 */
export async function baseline(
  target: string | undefined,
  server: string | undefined,
  options: RunOptions,
): Promise<{ name: string; added: readonly string[] }> {
  const settings = withDefaults(options);
  const migrations = await readMigrations(settings.folder);
  const wanted = target === undefined || target === 'head' ? undefined : findByName(migrations, target);
  const live = await dumpOf(settings);
  const made = await withScratch(server, (scratch) =>
    scratch.withDatabase((url) => dumpsOf(url, migrations, settings.folder)),
  );
  const candidates = wanted ? made.filter(({ name }) => name === wanted.name) : made.toReversed();
  const match = candidates.find(({ dump }) => dumpText(dump) === dumpText(live));
  if (match) return { name: match.name, added: (await stamp(match.name, options, 'baseline')).added };
  const [nearest] = candidates
    .map(({ name, dump }) => ({ name, differences: diffDumps(dump, live) }))
    .toSorted((a, b) => a.differences.length - b.differences.length);
  const first = nearest?.differences[0];
  const detail =
    nearest && first
      ? `; nearest is ${nearest.name}, with ${nearest.differences.length} differences, first: ${describeDifference(first)}`
      : '';
  throw new MigrationFault('found', `The schema is not that of ${wanted ? wanted.name : 'any migration'}${detail}`);
}

/** The schema after each migration. */
async function dumpsOf(
  url: string,
  migrations: readonly Migration[],
  folder: string,
): Promise<{ name: string; dump: DumpItem[] }[]> {
  return withRunner(withDefaults({ url, via: 'tcp', folder }), async (runner) => {
    const dumps: { name: string; dump: DumpItem[] }[] = [];
    for (const migration of migrations) {
      await applyMigration(runner, migration, () => {});
      dumps.push({ name: migration.name, dump: await dumpOf({ url, via: 'tcp' }) });
    }
    return dumps;
  });
}
