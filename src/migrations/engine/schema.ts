import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MigrationFault, oneLine } from '../fault.ts';
import type { Snapshot } from '../files/snapshot-types.ts';
import { snapshotOf } from './drizzle-kit.ts';

/** The project's tables. */
export const defaultSchema = fileURLToPath(new URL('../../schema.ts', import.meta.url));

/** The snapshot of the tables that the module at `path` exports. */
export async function snapshotOfSchema(path: string, previous: Snapshot | undefined): Promise<Snapshot> {
  const file = resolve(path);
  let exported: Record<string, unknown>;
  try {
    const { mtimeMs } = await stat(file); // a program that edits it and asks again gets the new one
    exported = (await import(/* @vite-ignore */ `${pathToFileURL(file).href}?at=${mtimeMs}`)) as Record<
      string,
      unknown
    >;
  } catch (error) {
    throw new MigrationFault('invalid_files', `The schema ${path} cannot be loaded: ${oneLine(error)}`, {
      cause: error,
    });
  }
  return snapshotOf(exported, previous?.id);
}
