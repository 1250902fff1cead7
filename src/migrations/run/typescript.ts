import { pathToFileURL } from 'node:url';
import type { DataMigration, MigrationTransaction } from '../data-migration.ts';
import type { Connection } from '../database/connection.ts';
import { MigrationFault, oneLine } from '../fault.ts';

/** Loads `NNNN_name.ts`. Throws `invalid_files` where it cannot be loaded or has no `up`. */
export async function loadModule(path: string, name: string): Promise<DataMigration> {
  let loaded: Partial<DataMigration>;
  try {
    loaded = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Partial<DataMigration>;
  } catch (error) {
    throw new MigrationFault('invalid_files', `${name}.ts cannot be loaded: ${oneLine(error)}`, {
      cause: error,
      migration: name,
    });
  }
  const { up } = loaded;
  if (typeof up === 'function') return { ...loaded, up };
  throw new MigrationFault('invalid_files', `${name}.ts exports no function up(tx)`, { migration: name });
}

/** The handle for `up` and `down`; the caller has opened the transaction, if there is to be one. */
export function transactionOf(connection: Connection, note: (text: string) => void): MigrationTransaction {
  return {
    query: (text, parameters) => connection.rows(text, parameters ?? []),
    async batches(text, { parameters = [], total } = {}) {
      for (let changed = 0; ; ) {
        const { rowCount } = await connection.query(text, parameters);
        if (rowCount === 0) return changed;
        changed += rowCount;
        note(
          total === undefined
            ? `${changed} rows`
            : `${changed} of ${total} rows (${Math.floor((changed / total) * 100)} %)`,
        );
      }
    },
    progress: note,
  };
}
