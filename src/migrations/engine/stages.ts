import type { Snapshot } from '../files/snapshot-types.ts';
import { type Changes, touches } from './types.ts';

/**
 * Before types change: with the new types, and without old tables and columns, what differs, and what hangs on columns
 * whose types change. No kind of thing is both made and dropped, neither on the way here nor from here on, so drizzle-kit
 * never takes one thing for another renamed, which it would ask about.
 */
export function beforeTypes(before: Snapshot, after: Snapshot, changes: Changes): Snapshot {
  const next = successor(before);
  addMissing(next.schemas, after.schemas);
  addMissing(next.enums, after.enums);
  addMissing(next.sequences, after.sequences);
  addMissing(next.roles, after.roles);
  keepEqual(next.policies, after.policies);
  keepEqual(next.views, after.views, () => changes.columns.length === 0);
  for (const [key, table] of Object.entries(next.tables)) {
    const now = after.tables[key];
    if (!now) {
      delete next.tables[key];
      continue;
    }
    for (const name of Object.keys(table.columns)) if (!(name in now.columns)) delete table.columns[name];
    const clear = <T>(group: TableGroup, mine: Record<string, T>, theirs: Record<string, T>) =>
      keepEqual(mine, theirs, (item) => !touches(changes, table, group, item));
    clear('indexes', table.indexes, now.indexes);
    clear('foreignKeys', table.foreignKeys, now.foreignKeys);
    clear('uniqueConstraints', table.uniqueConstraints, now.uniqueConstraints);
    clear('checkConstraints', table.checkConstraints, now.checkConstraints);
    clear('compositePrimaryKeys', table.compositePrimaryKeys, now.compositePrimaryKeys);
    clear('policies', table.policies, now.policies);
  }
  return next;
}

type TableGroup =
  | 'indexes'
  | 'foreignKeys'
  | 'uniqueConstraints'
  | 'checkConstraints'
  | 'compositePrimaryKeys'
  | 'policies';

function successor(snapshot: Snapshot): Snapshot {
  return { ...structuredClone(snapshot), id: crypto.randomUUID(), prevId: snapshot.id };
}

/** Whether drizzle-kit would ask: among things of one kind, some are gone and some are new. */
export function isAmbiguous(before: Snapshot, after: Snapshot): boolean {
  const pairs: [object, object][] = (
    ['schemas', 'enums', 'sequences', 'roles', 'policies', 'views', 'tables'] as const
  ).map((kind) => [before[kind], after[kind]]);
  for (const [key, table] of Object.entries(after.tables)) {
    const old = before.tables[key];
    if (old) pairs.push([old.columns, table.columns], [old.policies, table.policies]);
  }
  return pairs.some(
    ([old, now]) => Object.keys(old).some((key) => !(key in now)) && Object.keys(now).some((key) => !(key in old)),
  );
}

function addMissing<T>(target: Record<string, T>, source: Record<string, T>): void {
  for (const [key, value] of Object.entries(source)) if (!(key in target)) target[key] = structuredClone(value);
}

/** Leaves what `source` has, too, exactly so. */
function keepEqual<T>(
  target: Record<string, T>,
  source: Record<string, T>,
  keep: (item: T) => boolean = () => true,
): void {
  for (const [key, value] of Object.entries(target)) {
    if (JSON.stringify(source[key]) !== JSON.stringify(value) || !keep(value)) delete target[key];
  }
}
