import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationFault } from '../fault.ts';
import { numberOf } from '../files/heads.ts';
import { type JournalEntry, writeJournal } from '../files/journal.ts';
import { emptySnapshot, writeSnapshot } from '../files/snapshot.ts';
import { writeText } from '../files/write.ts';
import { planMoves } from './moves.ts';
import { readSides, type Side, type Sides } from './sides.ts';

export interface Merged {
  /** Keep their numbers. */
  readonly kept: readonly string[];
  /** Come after them, under new numbers. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
}

/**
 * Puts the migrations of two branches in a row: those of one side stay, those of the other follow under new numbers, with
 * snapshots that have both. `applied` are names that a database has: their side stays. Throws `refused` where both do.
 */
export async function mergeBranches(
  folder: string,
  applied: readonly string[],
  keep: Side | undefined,
): Promise<Merged> {
  const sides = await readSides(folder);
  if (!sides) return { kept: [], moved: [] };
  const stays = chooseSide(sides, applied, keep);
  const goes = stays === 'ours' ? 'theirs' : 'ours';
  const before = sides.common.at(-1);
  const base = (before && (await sides.snapshot('ours', before))) ?? emptySnapshot();
  const load = (side: Side) =>
    Promise.all(sides[side].map(async (entry) => ({ entry, snapshot: await sides.snapshot(side, entry) })));
  const kept = await load(stays);
  const row = [...sides.common, ...sides[stays]];
  const moves = planMoves(base, kept.at(-1)?.snapshot ?? base, row, await load(goes));

  // All is read and planned by now; the journal, which makes it count, is written last.
  for (const { from, to } of moves) await renameMigration(folder, from.tag, to.tag);
  for (const { entry, snapshot } of kept) if (snapshot) await writeSnapshot(folder, numberOf(entry.tag), snapshot);
  for (const { to, snapshot } of moves) await writeSnapshot(folder, numberOf(to.tag), snapshot);
  const entries = [...row, ...moves.map(({ to }) => to)];
  await writeJournal(folder, { version: '7', dialect: 'postgresql', entries });
  return {
    kept: sides[stays].map(({ tag }) => tag),
    moved: moves.map(({ from, to }) => ({ from: from.tag, to: to.tag })),
  };
}

function chooseSide({ ours, theirs }: Sides, applied: readonly string[], keep: Side | undefined): Side {
  const isApplied = (entries: readonly JournalEntry[]) => entries.some(({ tag }) => applied.includes(tag));
  const needed = isApplied(ours) ? 'ours' : isApplied(theirs) ? 'theirs' : undefined;
  if (isApplied(ours) && isApplied(theirs)) {
    throw new MigrationFault(
      'refused',
      'The database has migrations of both branches, so neither can be moved: take those of one back first',
    );
  }
  if (keep && needed && keep !== needed) {
    throw new MigrationFault(
      'refused',
      `The database has migrations of ${needed}, which cannot be moved: use --keep ${needed}`,
    );
  }
  // Without a word, what was made first stays.
  return keep ?? needed ?? ((ours[0]?.when ?? 0) <= (theirs[0]?.when ?? 0) ? 'ours' : 'theirs');
}

async function renameMigration(folder: string, from: string, to: string): Promise<void> {
  if (from === to) return;
  for (const suffix of ['.sql', '.down.sql', '.ts']) {
    const text = await readFile(join(folder, from + suffix), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    await writeText(join(folder, to + suffix), text.replaceAll(from, to));
    await rm(join(folder, from + suffix));
  }
}
