import { join } from 'node:path';
import { MigrationFault } from '../fault.ts';
import { numberOf } from './heads.ts';
import { readJournal, writeJournal } from './journal.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot-types.ts';
import { writeText } from './write.ts';

/** The next migration's place in the folder. */
export interface Next {
  readonly idx: number;
  /** `0007`. */
  readonly number: string;
  readonly previous: Snapshot | undefined;
}

/** Where the next migration goes, and the snapshot it is compared with. */
export async function nextIn(folder: string): Promise<Next> {
  const { entries } = await readJournal(folder);
  const last = entries.at(-1);
  const idx = (last?.idx ?? -1) + 1;
  const previous = last ? await readSnapshot(folder, numberOf(last.tag)) : undefined;
  if (last && !previous)
    throw new MigrationFault(
      'invalid_files',
      `The snapshot of ${last.tag} is missing: restore ${folder}/meta from git`,
    );
  return { idx, number: String(idx).padStart(4, '0'), previous };
}

/** Writes a migration's files, then its snapshot, and last the journal entry that makes it count. Returns the paths. */
export async function addMigration(
  folder: string,
  { idx, number }: Next,
  slug: string,
  files: Record<string, string>,
  snapshot: Snapshot,
): Promise<string[]> {
  const tag = `${number}_${slug}`;
  const paths: string[] = [];
  for (const [suffix, text] of Object.entries(files)) {
    const path = join(folder, `${tag}${suffix}`);
    await writeText(path, text);
    paths.push(path);
  }
  await writeSnapshot(folder, number, snapshot);
  const journal = await readJournal(folder);
  const latest = Math.max(0, ...journal.entries.map(({ when }) => when));
  const entry = { idx, version: '7', when: Math.max(Date.now(), latest + 1), tag, breakpoints: true };
  await writeJournal(folder, { ...journal, entries: [...journal.entries, entry] });
  return paths;
}

/** `Add a nickname!` as `add_a_nickname`. Throws `usage` where nothing is left. */
export function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (!slug) throw new MigrationFault('usage', 'The name needs letters or digits, such as: -m "add nicknames"');
  return slug;
}
