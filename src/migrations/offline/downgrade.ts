import { deleteApplied } from '../database/ledger-sql.ts';
import { MigrationFault } from '../fault.ts';
import { type Migration, readMigrations } from '../files/folder.ts';
import { directive } from '../files/script.ts';
import type { RunOptions } from '../run/options.ts';
import { rangeOf } from './range.ts';
import { offlineScript, type Part } from './script.ts';

/** The way back as SQL, by the files of this checkout: `FROM:TO`, where FROM is the newer. */
export async function offlineDowngrade(
  target: string | undefined,
  folder: string,
  options: RunOptions,
): Promise<string> {
  const [from, to] = target?.split(':') ?? [];
  if (!from || !to)
    throw new MigrationFault('usage', 'downgrade --sql needs a range FROM:TO, such as head:base or 0003:0002');
  const all = await readMigrations(folder);
  const range = rangeOf(all, to, from);
  const back = range.migrations.toReversed();
  return offlineScript(`downgrade ${from}:${to}`, back.map(partOf), options);
}

function partOf(migration: Migration): Part {
  const { name, down } = migration;
  if (down === null)
    throw new MigrationFault('refused', `${name} has no way back: there is no ${name}.down.sql`, { migration: name });
  const reason = directive(down, 'irreversible');
  if (reason !== undefined)
    throw new MigrationFault('refused', `${name} cannot be taken back: ${reason}`, { migration: name });
  const noTransaction = directive(down, 'no-transaction') !== undefined;
  return { name, script: down, noTransaction, present: migration, absent: undefined, ledger: deleteApplied(migration) };
}
