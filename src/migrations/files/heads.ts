import type { Folder } from './folder.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * The migrations that no other one builds on: their snapshot is nobody's predecessor, or they share a number with
 * another. One, unless two branches were merged.
 */
export async function headsOf({ path, migrations }: Folder): Promise<string[]> {
  const last = migrations.at(-1);
  if (!last) return [];
  const sameNumber = migrations.filter(({ name }) => numberOf(name) === numberOf(last.name));
  if (sameNumber.length > 1) return sameNumber.map(({ name }) => name);
  const snapshots = await Promise.all(
    migrations.map(async ({ name }) => ({ name, snapshot: await readSnapshot(path, numberOf(name)) })),
  );
  const previous = new Set(snapshots.map(({ snapshot }) => snapshot?.prevId));
  const open = snapshots.filter(({ snapshot }) => snapshot && !previous.has(snapshot.id)).map(({ name }) => name);
  return open.length === 0 ? [last.name] : open;
}

/** `0003` of `0003_name`. */
export function numberOf(name: string): string {
  return name.split('_')[0] ?? name;
}
