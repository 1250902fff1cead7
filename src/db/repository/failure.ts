import { AppError } from '../../errors.ts';
import type { Entity } from './entity.ts';

export const notFound = ({ name, label }: Entity): AppError =>
  new AppError('not_found', `There is no ${label} with this id`, { table: name });

export const staleVersion = ({ name, label }: Entity): AppError =>
  new AppError('stale_version', `The ${label} has changed since it was read`, { table: name });

/** What the SQL function `kura_fail` raises (migration `repository`). */
export const NOT_FOUND = 'KU404';
export const STALE_VERSION = 'KU412';

/** The error of a statement, by its own name if the statement itself raised it. */
export function failureOf(entity: Entity, error: unknown): unknown {
  for (let at = error; at && typeof at === 'object'; at = 'cause' in at ? at.cause : undefined) {
    if (!('code' in at)) continue;
    if (at.code === NOT_FOUND) return notFound(entity);
    if (at.code === STALE_VERSION) return staleVersion(entity);
  }
  return error;
}
