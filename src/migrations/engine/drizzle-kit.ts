import { ORIGIN } from '../files/snapshot.ts';
import type { Snapshot } from '../files/snapshot-types.ts';

type DrizzleKit = typeof import('drizzle-kit/api');

/** Loaded when a comparison is made: it is large, and most verbs make none. */
const load = (): Promise<DrizzleKit> => import('drizzle-kit/api');

/** The snapshot of the tables among `exported`. drizzle-kit builds it by the very schema that the type describes. */
export async function snapshotOf(exported: Record<string, unknown>, previousId: string = ORIGIN): Promise<Snapshot> {
  const { generateDrizzleJson } = await load();
  return generateDrizzleJson(exported, previousId) as unknown as Snapshot;
}

/**
 * drizzle-kit's statements from one snapshot to another, in an order that Postgres takes: drizzle-kit drops a table with
 * CASCADE and then the foreign keys to it, which are gone by then.
 */
export async function generate(before: Snapshot, after: Snapshot): Promise<string[]> {
  // drizzle-kit validates both snapshots before it looks at them.
  type Opaque = Parameters<DrizzleKit['generateMigration']>[0];
  const { generateMigration } = await load();
  const generated = await generateMigration(before as unknown as Opaque, after as unknown as Opaque);
  const statements = generated.map((statement) => statement.trim());
  const foreignKeys = new Set(
    Object.values(before.tables).flatMap((table) => Object.values(table.foreignKeys).map(({ name }) => name)),
  );
  const rank = (statement: string) => {
    const dropped = /^ALTER TABLE .+ DROP CONSTRAINT "(.+)";$/.exec(statement)?.[1];
    if (dropped === undefined) return 2;
    return foreignKeys.has(dropped) ? 0 : 1;
  };
  const pointless = (statement: string, next: string | undefined) =>
    statement.endsWith(' DISABLE ROW LEVEL SECURITY;') && next?.startsWith('DROP TABLE ') === true;
  return statements
    .filter((statement, index) => !pointless(statement, statements[index + 1]))
    .toSorted((a, b) => rank(a) - rank(b));
}
