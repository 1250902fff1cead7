import type { Snapshot } from '../files/snapshot-types.ts';
import { applyRenames } from './apply-renames.ts';
import { changeTypes } from './change-types.ts';
import { generate } from './drizzle-kit.ts';
import type { Rename } from './renames.ts';
import { beforeTypes, isAmbiguous } from './stages.ts';
import { changesOf } from './types.ts';

/** The statements that lead from one schema to another, in the order to run them. Asks nothing: renames are given. */
export async function compare(before: Snapshot, after: Snapshot, renames: readonly Rename[]): Promise<string[]> {
  const { snapshot, statements } = applyRenames(before, renames);
  const changes = changesOf(snapshot, after);
  if (changes.columns.length + changes.enums.length === 0 && !isAmbiguous(snapshot, after)) {
    return [...statements, ...(await generate(snapshot, after))];
  }
  const cleared = beforeTypes(snapshot, after, changes);
  const changed = changeTypes(cleared, changes);
  return [
    ...statements,
    ...(await generate(snapshot, cleared)),
    ...changed.statements,
    ...(await generate(changed.snapshot, after)),
  ];
}
