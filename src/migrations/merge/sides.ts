import { readFile } from 'node:fs/promises';
import { MigrationFault } from '../fault.ts';
import { conflictSides } from '../files/conflict.ts';
import { numberOf } from '../files/heads.ts';
import { type JournalEntry, journalPath, parseJournal, snapshotPath } from '../files/journal.ts';
import type { Snapshot } from '../files/snapshot-types.ts';

export type Side = 'ours' | 'theirs';

/** What two branches made after they parted. */
export interface Sides {
  /** Entries that both have. */
  readonly common: readonly JournalEntry[];
  readonly ours: readonly JournalEntry[];
  readonly theirs: readonly JournalEntry[];
  /** The snapshot of an entry of one side. */
  snapshot(side: Side, entry: JournalEntry): Promise<Snapshot | undefined>;
}

/** Reads a journal that git could not merge, or one in which a number stands twice. Undefined: nothing to merge. */
export async function readSides(folder: string): Promise<Sides | undefined> {
  const path = journalPath(folder);
  const text = await readFile(path, 'utf8');
  const sides = conflictSides(text);
  const [ours, theirs] = sides
    ? [parseJournal(mendList(sides.ours), path).entries, parseJournal(mendList(sides.theirs), path).entries]
    : splitByNumber(parseJournal(text, path).entries);
  const has = (entries: readonly JournalEntry[], tag: string) => entries.some((entry) => entry.tag === tag);
  const result = {
    common: ours.filter(({ tag }) => has(theirs, tag)),
    ours: ours.filter(({ tag }) => !has(theirs, tag)),
    theirs: theirs.filter(({ tag }) => !has(ours, tag)),
  };
  if (result.ours.length === 0 || result.theirs.length === 0) return undefined;
  return { ...result, snapshot: (side, entry) => readSide(folder, side, numberOf(entry.tag)) };
}

/** One side of a list that git merged line by line may lack a comma, or have one too many. */
function mendList(text: string): string {
  return text.replace(/,(\s*[\]}])/g, '$1').replace(/\}(\s*)\{/g, '},$1{');
}

/** A journal merged by hand: of two entries with one number, the first is ours. */
function splitByNumber(entries: readonly JournalEntry[]): [JournalEntry[], JournalEntry[]] {
  const number = ({ tag }: JournalEntry) => numberOf(tag);
  const first = entries.findIndex((entry) => entries.filter((other) => number(other) === number(entry)).length > 1);
  if (first < 0) return [[...entries], [...entries]];
  const [common, rest] = [entries.slice(0, first), entries.slice(first)];
  const isSecond = (entry: JournalEntry, index: number) =>
    rest.slice(0, index).some((other) => number(other) === number(entry));
  const second = rest.filter(isSecond);
  return [
    [...common, ...rest.filter((entry) => !second.includes(entry))],
    [...common, ...second],
  ];
}

async function readSide(folder: string, side: Side, number: string): Promise<Snapshot | undefined> {
  const path = snapshotPath(folder, number);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(conflictSides(text)?.[side] ?? text) as Snapshot;
  } catch {
    throw new MigrationFault(
      'invalid_files',
      `${path} cannot be read on the side of ${side}: run git checkout --${side} on it`,
    );
  }
}
