import { insertApplied } from '../database/ledger-sql.ts';
import { type Migration, readMigrations } from '../files/folder.ts';
import type { RunOptions } from '../run/options.ts';
import { rangeOf } from './range.ts';
import { offlineScript, type Part } from './script.ts';

/** The whole upgrade as SQL, ledger statements included: `FROM:TO`, or everything up to one migration or `head`. */
export async function offlineUpgrade(target: string, folder: string, options: RunOptions): Promise<string> {
  const [from, to] = target.includes(':') ? target.split(':') : ['base', target];
  const all = await readMigrations(folder);
  const range = rangeOf(all, from || 'base', to || 'head');
  const parts = range.migrations.map((migration, index) =>
    partOf(migration, range.migrations[index - 1] ?? range.from),
  );
  return offlineScript(`upgrade ${from || 'base'}:${to || 'head'}`, parts, options);
}

function partOf(migration: Migration, before: Migration | undefined): Part {
  const { name, up, noTransaction } = migration;
  const ledger = insertApplied(migration, { origin: 'offline', by: null, durationMs: null });
  return { name, script: up, noTransaction, present: before, absent: migration, ledger };
}
