import { type Connection, connect } from '../database/connection.ts';
import { describeDifference, diffDumps } from '../dump/diff.ts';
import { type DumpItem, dumpSchema } from '../dump/dump.ts';
import { dumpOf } from '../dump/of-url.ts';
import type { Migration } from '../files/folder.ts';
import { applyMigration } from '../run/apply.ts';
import { withDefaults } from '../run/options.ts';
import { withRunner } from '../run/runner.ts';
import type { Scratch } from '../scratch/scratch.ts';
import type { Finding } from './finding.ts';

/** What these migrations make, in this order, of an empty database. */
export async function dumpMade(
  scratch: Scratch,
  folder: string,
  migrations: readonly Migration[],
): Promise<DumpItem[]> {
  return scratch.withDatabase(async (url) => {
    await withRunner(withDefaults({ url, via: 'tcp', folder }), async (runner) => {
      for (const migration of migrations) await applyMigration(runner, migration, () => {});
    });
    return dumpOf({ url, via: 'tcp' });
  });
}

/** Invalid indexes, and where the live database is not `expected`: what its applied migrations make, if that is known. */
export async function checkDrift(
  live: { url: string; via: 'auto' | 'tcp' | 'websocket' },
  expected: readonly DumpItem[] | undefined,
): Promise<Finding[]> {
  const connection = await connect(live);
  try {
    const invalid = await invalidIndexes(connection);
    if (!expected) return invalid;
    const differences = diffDumps(expected, await dumpSchema(connection));
    const drift = differences.filter(({ key }) => !invalid.some(({ subject }) => subject === key));
    return [
      ...invalid,
      ...drift.map(
        (difference): Finding => ({
          code: 'drift',
          subject: `${difference.kind} ${difference.key}`,
          message: describeDifference(difference),
          advice:
            difference.expected === undefined
              ? 'drop it, or make it by a migration'
              : 'undo the change made by hand, or make it by a migration',
        }),
      ),
    ];
  } finally {
    await connection.close();
  }
}

async function invalidIndexes(connection: Connection): Promise<Finding[]> {
  const rows = await connection.rows<{ name: string; on: string }>(`
    select n.nspname || '.' || c.relname as name, i.indrelid::regclass::text as on
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where not i.indisvalid and n.nspname !~ '^pg_'
      and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)`);
  return rows.map(({ name, on }) => ({
    code: 'invalid_index',
    subject: name,
    message: `the index ${name} on ${on} is invalid: a CREATE INDEX CONCURRENTLY failed; it slows writes and serves no read`,
    advice: `run \`npm run db -- upgrade\`, which builds it anew, or drop it: DROP INDEX CONCURRENTLY ${name}`,
  }));
}
