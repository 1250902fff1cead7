import type { Hook } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import type { AppEnv } from './context.ts';

/** What a route does with invalid input: one 422 that lists every path that is wrong. */
export const invalidInput: Hook<unknown, AppEnv, string, unknown> = (result) => {
  if (result.success) return;
  const target = result.target === 'json' ? 'body' : result.target;
  const fields = result.error.issues.map(({ path, message }) => ({ path: [target, ...path].join('.'), message }));
  throw new AppError('invalid_input', 'The input is not valid', { fields });
};

/** Text that Postgres can store: no NUL, and no half of a surrogate pair, which has no UTF-8 form. */
export const storable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** A string Postgres can store. */
export const text = () => z.string().refine(storable, 'must be well-formed Unicode without NUL');

/** The RFC 9457 document that every error is answered with. */
export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

/** An error response of a route, for its OpenAPI entry. */
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemSchema } },
});
