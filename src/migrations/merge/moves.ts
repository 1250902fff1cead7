import { MigrationFault } from '../fault.ts';
import type { JournalEntry } from '../files/journal.ts';
import type { Snapshot } from '../files/snapshot-types.ts';
import { type Json, threeWay } from './three-way.ts';

export interface Move {
  readonly from: JournalEntry;
  readonly to: JournalEntry;
  readonly snapshot: Snapshot;
}

/**
 * New places, after `row`, for migrations that were made beside it. `base` is the schema where the branches parted and
 * `last` that at the end of `row`; the new snapshots have both branches' changes. Throws `refused` where they clash.
 */
export function planMoves(
  base: Snapshot,
  last: Snapshot,
  row: readonly JournalEntry[],
  moving: readonly { readonly entry: JournalEntry; readonly snapshot: Snapshot | undefined }[],
): Move[] {
  let previous = last;
  let idx = row.at(-1)?.idx ?? -1;
  let when = Math.max(0, ...row.map((entry) => entry.when));
  return moving.map(({ entry, snapshot }) => {
    idx++;
    when = Math.max(entry.when, when + 1); // later than all before it, for drizzle-kit's own migrator
    const tag = `${String(idx).padStart(4, '0')}_${entry.tag.replace(/^\d+_/, '')}`;
    const joined = { ...joinSchemas(base, last, snapshot ?? base), id: crypto.randomUUID(), prevId: previous.id };
    previous = joined;
    return { from: entry, to: { ...entry, idx, when, tag }, snapshot: joined };
  });
}

function joinSchemas(base: Snapshot, kept: Snapshot, moved: Snapshot): Snapshot {
  // Snapshots are JSON; the ids differ always and mean nothing here.
  const plain = (snapshot: Snapshot) => ({ ...structuredClone(snapshot), id: '', prevId: '' }) as unknown as Json;
  const { value, conflicts } = threeWay(plain(base), plain(kept), plain(moved));
  if (conflicts.length === 0) return value as unknown as Snapshot;
  const where = conflicts.map((path) => path.replace(/^tables\/public\./, '')).join(', ');
  throw new MigrationFault(
    'refused',
    `Both branches changed ${where}, each in its own way: delete one branch’s migration and make it anew with create`,
  );
}
