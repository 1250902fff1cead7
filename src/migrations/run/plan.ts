import type { Ledger, LedgerRow } from '../database/ledger.ts';
import { MigrationFault } from '../fault.ts';
import { findByName } from '../files/find.ts';
import type { Migration } from '../files/folder.ts';

/** What the ledger lacks, in the journal's order: by set, so that what was merged late is not skipped. */
export function pendingOf(migrations: readonly Migration[], { rows }: Pick<Ledger, 'rows'>): Migration[] {
  const applied = new Set(rows.filter(({ state }) => state === 'applied').map(({ when }) => when));
  return migrations.filter(({ when }) => !applied.has(when));
}

/** The pending ones up to `target`: `head`, `+N`, or a migration's name. */
export function planUpgrade(
  migrations: readonly Migration[],
  ledger: Pick<Ledger, 'rows'>,
  target: string,
): Migration[] {
  const pending = pendingOf(migrations, ledger);
  if (target === 'head' || target === 'heads') return pending;
  const relative = /^\+(\d+)$/.exec(target);
  if (relative) return pending.slice(0, Number(relative[1]));
  const { idx } = findByName(migrations, target);
  return pending.filter((migration) => migration.idx <= idx);
}

/** The rows to take back, newest application first: `-N`, `base`, or the name of the one that shall be the newest. */
export function planDowngrade(rows: readonly LedgerRow[], target: string): LedgerRow[] {
  const undo = rows.toReversed();
  if (target === 'base') return undo;
  const relative = /^-(\d+)$/.exec(target);
  if (relative) return undo.slice(0, Number(relative[1]));
  if (/^[+-]/.test(target)) throw new MigrationFault('usage', `"${target}" is no target: use -N, a name, or base`);
  const { sequence } = findByName(rows, target);
  return undo.filter((row) => row.sequence > sequence);
}

/** Applied migrations whose file is not what was run. */
export function editedOf(migrations: readonly Migration[], rows: readonly LedgerRow[]): Migration[] {
  const byWhen = new Map(rows.filter(({ state }) => state === 'applied').map((row) => [row.when, row]));
  return migrations.filter((migration) => {
    const row = byWhen.get(migration.when);
    return row !== undefined && row.checksum !== migration.checksum && !isSquashOf(migration, row);
  });
}

/** Whether `row` is the last of what the squashed `migration` replaces: the same identity under its old name. */
function isSquashOf(migration: Migration, row: Pick<LedgerRow, 'name' | 'when'>): boolean {
  return migration.replaces.some(({ name, when }) => name === row.name && when === row.when);
}
