import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { MigrationFault } from '../fault.ts';
import { writeText } from './write.ts';

const journalSchema = z.object({
  version: z.string(),
  dialect: z.literal('postgresql'),
  entries: z.array(
    z.object({
      idx: z.number().int(),
      version: z.string(),
      when: z.number(),
      tag: z.string(),
      breakpoints: z.boolean(),
    }),
  ),
});

export type Journal = z.infer<typeof journalSchema>;
export type JournalEntry = Journal['entries'][number];

export const journalPath = (folder: string) => join(folder, 'meta', '_journal.json');
export const snapshotPath = (folder: string, number: string) => join(folder, 'meta', `${number}_snapshot.json`);

/** drizzle-kit's journal, by `idx`. A folder without one has an empty journal. */
export async function readJournal(folder: string): Promise<Journal> {
  const text = await readFile(journalPath(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return { version: '7', dialect: 'postgresql', entries: [] };
  return parseJournal(text, journalPath(folder));
}

/** The journal in `text`; `path` names it in errors. */
export function parseJournal(text: string, path: string): Journal {
  if (/^<{7} /m.test(text)) {
    throw new MigrationFault('invalid_files', `${path} has merge conflicts: run \`npm run db -- merge\``);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new MigrationFault('invalid_files', `${path} is not JSON`);
  }
  const parsed = journalSchema.safeParse(json);
  if (!parsed.success)
    throw new MigrationFault('invalid_files', `${path} is not a journal of drizzle-kit for Postgres`);
  return { ...parsed.data, entries: parsed.data.entries.toSorted((a, b) => a.idx - b.idx) };
}

/** Writes the journal as drizzle-kit does. */
export async function writeJournal(folder: string, journal: Journal): Promise<void> {
  await writeText(journalPath(folder), JSON.stringify(journal, null, 2));
}
