import type { MiddlewareHandler } from 'hono';
import { validator } from 'hono/validator';
import * as z from 'zod/mini';
import { AppError, type ErrorCode } from '../errors.ts';
import type { AppEnv } from './context.ts';
import { describing, type Part } from './operation.ts';

/** Validates one part of the request: `c.req.valid(target)` is its parsed value, or one 422 lists every path that is wrong. */
export function valid<Target extends Part, Schema extends z.ZodMiniType>(target: Target, schema: Schema) {
  const parse = (value: unknown): z.output<Schema> => {
    const { success, data, error } = schema.safeParse(value);
    if (success) return data;
    const part = target === 'json' || target === 'form' ? 'body' : target;
    const fields = error.issues.map(({ path, message }) => ({ path: [part, ...path].join('.'), message }));
    throw new AppError('invalid_input', 'The input is not valid', { fields });
  };
  const middleware = asValidator<Target, Schema>(validator(target, parse));
  return describing(middleware, { request: { [target]: schema }, errors: ERRORS[target] });
}

/** Hono's own types do not follow a schema that is still a type parameter. */
const asValidator = <Target extends Part, Schema extends z.ZodMiniType>(middleware: object) =>
  middleware as MiddlewareHandler<AppEnv, string, Validated<Target, Schema>>;

/** What a client sends, and what the handler gets of it. */
interface Validated<Target extends Part, Schema extends z.ZodMiniType> {
  readonly in: { readonly [K in Target]: z.input<Schema> };
  readonly out: { readonly [K in Target]: z.output<Schema> };
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
