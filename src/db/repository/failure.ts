import { AppError, isAppError } from '../../errors.ts';
import type { Entity } from './entity.ts';

export const notFound = ({ name, label }: Entity): AppError =>
  new AppError('not_found', `There is no ${label} with this id`, { table: name });

export const staleVersion = ({ name, label }: Entity): AppError =>
  new AppError('stale_version', `The ${label} has changed since it was read`, { table: name });

/** What the SQL function `kura_fail` raises (migration `repository`); `db/errors.ts` reads them. */
export const NOT_FOUND = 'KU404';
export const STALE_VERSION = 'KU412';

/** The error of a statement, naming the row if it is one that the statement itself raised. */
export function failureOf(entity: Entity, error: unknown): unknown {
  const failure = error instanceof Error && isAppError(error.cause) ? error.cause : error; // Drizzle wraps it once
  // In a batch every statement fails with the one that did, which may be of another table.
  if (!isAppError(failure) || failure.table !== entity.name) return error;
  if (failure.code === 'not_found') return notFound(entity);
  return failure.code === 'stale_version' ? staleVersion(entity) : error;
}
