import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { Transaction } from '../database.ts';
import type { Statement } from '../statement.ts';
import { type Change, type Conditions, changeOne } from './change.ts';
import { bare, type Entity, scopeOf } from './entity.ts';

/** Deletes one row, as its table does; `undefined` if it is not there and that is no error. */
export function deleteOne<R>(
  tx: Transaction,
  entity: Entity,
  id: unknown,
  conditions: Conditions & { readonly required: boolean },
): Statement<R | undefined> {
  return changeOne<R>(tx, entity, id, deletion(entity), { ...conditions, only: alive(entity) });
}

/** How the table deletes: by a mark, or for good. */
export const deletion = (entity: Entity): Change =>
  entity.isDeleted ? { set: marks(entity, sql`true`, sql`now()`) } : 'remove';

/** Only rows that are not deleted yet, whatever the repository's scope: deleting twice changes nothing. */
export const alive = (entity: Entity): SQL | undefined => scopeOf({ ...entity, scope: 'living' });

/** Takes the mark away again. Throws `misuse` for a table without `softDelete()`. */
export const restoration = (entity: Entity): Change => ({ set: marks(entity, sql`false`, sql`null`) });

function marks({ isDeleted, columns, name }: Entity, deleted: SQL, time: SQL): SQL {
  const { deletedAt } = columns;
  if (!isDeleted || !deletedAt) throw new AppError('misuse', `The rows of ${name} are deleted for good`);
  return sql`${bare(isDeleted)} = ${deleted}, ${bare(deletedAt)} = ${time}`;
}
