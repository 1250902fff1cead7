import { zValidator } from '@hono/zod-validator';
import * as z from 'zod/mini';
import { AppError, type ErrorCode } from '../errors.ts';
import { describing, type Part } from './operation.ts';

/** Validates one part of the request: `c.req.valid(target)` is its parsed value, or one 422 lists every path that is wrong. */
export function valid<Target extends Part, Schema extends z.ZodMiniType>(target: Target, schema: Schema) {
  const validator = zValidator(target, schema, (result) => {
    if (result.success) return;
    const part = target === 'json' || target === 'form' ? 'body' : target;
    const fields = result.error.issues.map(({ path, message }) => ({ path: [part, ...path].join('.'), message }));
    throw new AppError('invalid_input', 'The input is not valid', { fields });
  });
  return describing(validator, { request: { [target]: schema }, errors: ERRORS[target] });
}

/** What can be wrong with each part of a request. */
const ERRORS: Readonly<Record<Part, readonly ErrorCode[]>> = {
  json: ['invalid_input', 'malformed_json', 'unsupported_media_type', 'payload_too_large'],
  form: ['invalid_input', 'unsupported_media_type', 'payload_too_large'],
  query: ['invalid_input'],
  param: ['invalid_input'],
  header: ['invalid_input'],
};

/** A string Postgres can store: no NUL, and no half of a surrogate pair, which has no UTF-8 form. */
export const text = () =>
  z
    .string()
    .check(
      z.refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed Unicode without NUL'),
    );
