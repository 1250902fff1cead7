import type { MiddlewareHandler } from 'hono';
import * as z from 'zod/mini';
import { toBase64Url } from '../db/bytes.ts';
import type { Expecting } from '../db/repository/change.ts';
import { AppError } from '../errors.ts';
import type { AppEnv } from './context.ts';
import { describing } from './operation.ts';

const IF_NONE_MATCH = z.object({ 'If-None-Match': z.optional(z.string()) });
const IF_MATCH = z.object({ 'If-Match': z.optional(z.string()) });
const IF_MATCH_REQUIRED = z.object({ 'If-Match': z.string() });

/**
 * The strong entity tag (RFC 9110, 8.8.3) of an answer that shows one row, and nothing that can change without it. Where there
 * is more, leave the header out: `ifNoneMatch` makes one of the body.
 */
export const etagOf = (version: number): string => `"v${version}"`;

/**
 * For a route that reads one resource: answers 304 without a body where `If-None-Match` names its `ETag`, by weak comparison
 * (RFC 9110, 13.1.2). All other headers stay; hono's own `etag()` drops them, CORS's among them.
 */
export function ifNoneMatch(): MiddlewareHandler<AppEnv> {
  return describing(
    async function ifNoneMatch(c, next) {
      await next();
      if (c.res.status !== 200) return;
      const tag = c.res.headers.get('ETag') ?? (await digestOf(c.res));
      c.header('ETag', tag);
      const asked = c.req.header('If-None-Match');
      if (asked === undefined) return;
      const same = isAny(asked) || tagsOf(asked).some((other) => opaque(other) === opaque(tag));
      if (same) c.res = new Response(null, { status: 304 });
    },
    { notModified: true, request: { header: IF_NONE_MATCH } },
  );
}

async function digestOf(response: Response): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await response.clone().arrayBuffer());
  return `"${toBase64Url(new Uint8Array(digest))}"`;
}

/** The context behind `ifMatch()`. */
export interface ExpectingEnv extends AppEnv {
  Variables: AppEnv['Variables'] & {
    /** What the repository's `update` and `delete` are given, so that they compare and set. */
    expected: Expecting;
  };
}

/**
 * For a route that writes one resource: `c.var.expected` is the version that `If-Match` names, by strong comparison (RFC 9110,
 * 13.1.1): any of a list, none if no tag is one of ours, no matter which for `*` and without the header. The repository
 * throws `stale_version` by it. Throws `precondition_required` without the header where it is `'required'` (RFC 6585, 3).
 */
export function ifMatch(demand: 'required' | 'optional' = 'optional'): MiddlewareHandler<ExpectingEnv> {
  const required = demand === 'required';
  return describing(
    async function ifMatch(c, next) {
      const asked = c.req.header('If-Match');
      if (required && asked === undefined) {
        throw new AppError('precondition_required', 'Send the ETag that you read as If-Match');
      }
      c.set('expected', { version: asked === undefined || isAny(asked) ? undefined : versionsOf(asked) });
      await next();
    },
    {
      request: { header: required ? IF_MATCH_REQUIRED : IF_MATCH },
      errors: required ? ['stale_version', 'precondition_required'] : ['stale_version'],
    },
  );
}

const isAny = (header: string): boolean => header.trim() === '*';

/** A tag may hold a comma, but none of ours does; what is left of such a one is not one of ours either. */
const tagsOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());

const opaque = (tag: string): string => tag.replace(/^W\//, '');

const MAX_VERSION = 2 ** 31 - 1; // Postgres' integer

function versionsOf(header: string): number[] {
  const numbers = tagsOf(header).map((tag) => Number(/^"v([1-9]\d{0,9})"$/.exec(tag)?.[1]));
  return numbers.filter((version) => version <= MAX_VERSION);
}
