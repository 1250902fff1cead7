import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { AppError, isAppError } from '../errors.ts';
import { users } from './table.ts';

/**
 * The statements of a batch that may take a superuser away, and around them two by which one is left: a lock, so that two who do so at
 * once take turns and the second sees what the first has done, and the look at the end. `lastSuperuser` reads the error.
 */
export function superuserLeft<const S extends readonly Statement<unknown>[]>(
  tx: Transaction,
  statements: S,
): readonly [Statement<unknown>, ...S, Statement<unknown>] {
  const lock = sql`select pg_advisory_xact_lock(hashtext('kura.superusers'))`;
  const left = sql`select from ${users} where is_superuser and is_active and not is_deleted`;
  const check = sql`select case when exists (${left}) then true else kura_fail('23505', 'superusers') end`;
  return [tx.statement((q) => q.execute(lock)), ...statements, tx.statement((q) => q.execute(check))];
}

/** Throws `conflict`, in words, where no superuser would be left; any other error as it is. */
export function lastSuperuser(error: unknown): never {
  if (!isAppError(error, 'conflict') || error.table !== 'superusers') throw error;
  throw new AppError('conflict', 'This is the last superuser: make somebody else one first', { cause: error });
}
