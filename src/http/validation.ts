import { zValidator } from '@hono/zod-validator';
import type { ValidationTargets } from 'hono';
import * as z from 'zod/mini';
import { AppError } from '../errors.ts';

/** Validates one part of the request: `c.req.valid(target)` is its parsed value, or one 422 lists every path that is wrong. */
export function valid<Target extends keyof ValidationTargets, Schema extends z.ZodMiniType>(
  target: Target,
  schema: Schema,
) {
  return zValidator(target, schema, (result) => {
    if (result.success) return;
    const part = target === 'json' ? 'body' : target;
    const fields = result.error.issues.map(({ path, message }) => ({ path: [part, ...path].join('.'), message }));
    throw new AppError('invalid_input', 'The input is not valid', { fields });
  });
}

/** A string Postgres can store: no NUL, and no half of a surrogate pair, which has no UTF-8 form. */
export const text = () =>
  z
    .string()
    .check(
      z.refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed Unicode without NUL'),
    );
