import { AppError, isAppError } from '../../errors.ts';
import type { Entity } from './entity.ts';

/** Why a statement does not find the one row that it is for. */
export type Refusal = keyof typeof REFUSALS;

/** What the SQL function `kura_fail` raises for each (migration `repository`; `db/errors.ts` reads it), and the words for it. */
const REFUSALS = {
  forbidden: ['KU403', (label: string) => `You may not change this ${label}`],
  not_found: ['KU404', (label: string) => `There is no ${label} with this id`],
  stale_version: ['KU412', (label: string) => `The ${label} has changed since it was read`],
} as const;

export const refused = (code: Refusal, { name, label }: Entity): AppError =>
  new AppError(code, REFUSALS[code][1](label), { table: name });

export const stateOf = (code: Refusal): string => REFUSALS[code][0];

/** The error of a statement, naming the row if it is one that the statement itself raised. */
export function failureOf(entity: Entity, error: unknown): unknown {
  // In a batch every statement fails with the one that did, which may be of another table.
  if (!isAppError(error) || error.table !== entity.name) return error;
  const { code } = error;
  return code === 'forbidden' || code === 'not_found' || code === 'stale_version' ? refused(code, entity) : error;
}
