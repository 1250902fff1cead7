import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigrationFault } from '../fault.ts';
import { type JournalEntry, readJournal } from './journal.ts';
import { type Replaced, replacedBy } from './replaced.ts';
import { checksum, directive, sha256 } from './script.ts';

/** The project's own migrations. */
export const defaultFolder = fileURLToPath(new URL('../../../drizzle/', import.meta.url));

/** One migration as its files say it. */
export interface Migration {
  /** `0001_writers`: drizzle-kit's tag. */
  readonly name: string;
  readonly idx: number;
  /** The journal's time stamp: the key of drizzle's ledger, and so the migration's identity. */
  readonly when: number;
  readonly kind: 'sql' | 'ts';
  /** The SQL script, or the TypeScript module's source. */
  readonly up: string;
  /** The way back, or null where there is none. A TypeScript migration has its own inside. */
  readonly down: string | null;
  readonly checksum: string;
  /** The hash that drizzle's own migrator would store. */
  readonly drizzleHash: string;
  readonly noTransaction: boolean;
  /** What a squashed migration stands for. */
  readonly replaces: readonly Replaced[];
  /** The file that is run. */
  readonly path: string;
}

export interface Folder {
  readonly path: string;
  readonly migrations: readonly Migration[];
  /** Files that the journal names and that are not there. */
  readonly missing: readonly string[];
}

/** Everything in the folder, in the journal's order. */
export async function readFolder(path: string = defaultFolder): Promise<Folder> {
  const { entries } = await readJournal(path);
  const read = await Promise.all(entries.map((entry) => readMigration(path, entry)));
  return {
    path,
    migrations: read.filter((found) => typeof found !== 'string'),
    missing: read.filter((found) => typeof found === 'string'),
  };
}

/** As `readFolder`, for verbs that run what they find: throws `invalid_files` where a file is missing. */
export async function readMigrations(path: string = defaultFolder): Promise<readonly Migration[]> {
  const { migrations, missing } = await readFolder(path);
  if (missing.length === 0) return migrations;
  throw new MigrationFault(
    'invalid_files',
    `${missing.join(', ')} is in the journal and not in ${path}: restore it from git`,
  );
}

async function readMigration(folder: string, { tag, idx, when }: JournalEntry): Promise<Migration | string> {
  const path = join(folder, `${tag}.sql`);
  const sql = await readIfThere(path);
  if (sql === undefined) return `${tag}.sql`;
  const base = { name: tag, idx, when, drizzleHash: sha256(sql), replaces: replacedBy(sql) };
  if (directive(sql, 'typescript') !== undefined) {
    const source = await readIfThere(join(folder, `${tag}.ts`));
    if (source === undefined) return `${tag}.ts`;
    const noTransaction = /^export const noTransaction = true\b/m.test(source);
    const modulePath = join(folder, `${tag}.ts`);
    return { ...base, kind: 'ts', up: source, down: null, checksum: checksum(source), noTransaction, path: modulePath };
  }
  const down = (await readIfThere(join(folder, `${tag}.down.sql`))) ?? null;
  const noTransaction = directive(sql, 'no-transaction') !== undefined;
  return { ...base, kind: 'sql', up: sql, down, checksum: checksum(sql), noTransaction, path };
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
