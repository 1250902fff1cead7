import { readFile } from 'node:fs/promises';
import { MigrationFault } from '../fault.ts';
import { snapshotPath } from './journal.ts';
import type { Snapshot } from './snapshot-types.ts';
import { writeText } from './write.ts';

/** The `prevId` of the first snapshot. */
export const ORIGIN = '00000000-0000-0000-0000-000000000000';

/** The snapshot of a migration's number, or undefined where it has none. */
export async function readSnapshot(folder: string, number: string): Promise<Snapshot | undefined> {
  const path = snapshotPath(folder, number);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Snapshot;
  } catch {
    const reason = /^<{7} /m.test(text) ? 'has merge conflicts: run `npm run db -- merge`' : 'is not JSON';
    throw new MigrationFault('invalid_files', `${path} ${reason}`);
  }
}

/** Writes a snapshot as drizzle-kit does. */
export async function writeSnapshot(folder: string, number: string, snapshot: Snapshot): Promise<void> {
  await writeText(snapshotPath(folder, number), JSON.stringify(snapshot, null, 2));
}

/** A schema with nothing in it. */
export function emptySnapshot(): Snapshot {
  return {
    id: ORIGIN,
    prevId: '',
    version: '7',
    dialect: 'postgresql',
    tables: {},
    enums: {},
    schemas: {},
    sequences: {},
    roles: {},
    policies: {},
    views: {},
    _meta: { columns: {}, schemas: {}, tables: {} },
  };
}
