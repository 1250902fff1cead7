import type { MiddlewareHandler } from 'hono';
import type * as z from 'zod/mini';
import type { ErrorCode } from '../errors.ts';
import type { AppEnv } from './context.ts';

/** What a successful answer is. */
export interface Success {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  /** Of the JSON body; without one, there is no body. */
  readonly body?: z.core.$ZodType;
  /** Names of response headers that matter to a client. */
  readonly headers?: readonly ('ETag' | 'Location' | 'Set-Cookie')[];
}

/** Which part of a request a schema describes. */
export type Part = 'json' | 'form' | 'query' | 'param' | 'header';

/** What OpenAPI says of a route. Each of the route's middlewares gives what it knows; the document joins them. */
export interface Operation {
  /** In a few words, as "Register". */
  readonly summary?: string;
  readonly description?: string;
  readonly success?: Success;
  /** Whether the answer has an ETag, and is 304 without a body where the client has it already. */
  readonly notModified?: boolean;
  readonly errors?: readonly ErrorCode[];
  readonly request?: Readonly<Partial<Record<Part, z.core.$ZodType>>>;
  /** Who may call it; everybody if nothing says so. With `optional` everybody may, and it matters who is signed in. */
  readonly access?: 'optional' | 'user' | 'superuser';
  /** Of a middleware that matters to those of its routes alone that write. */
  readonly writesOnly?: boolean;
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Whether a request or a route changes something, by its method. */
export const isWrite = ({ method }: { readonly method: string }): boolean => WRITES.has(method);

/** The middleware for what changes something: no other request has a body that anybody reads. */
export const forWrites =
  (middleware: MiddlewareHandler<AppEnv>): MiddlewareHandler<AppEnv> =>
  (c, next) =>
    isWrite(c.req) ? middleware(c, next) : next();

const operations = new WeakMap<object, Operation>();

/** The same middleware, with what it adds to the description of its routes. */
export function describing<H extends object>(middleware: H, operation: Operation): H {
  operations.set(middleware, operation);
  return middleware;
}

/** What a middleware said of its routes. */
export const operationOf = (middleware: object): Operation => operations.get(middleware) ?? {};

/** Describes a route: `.get('/things', describe({ summary: 'List things', success: … }), …)`. */
export function describe(operation: Operation): MiddlewareHandler<AppEnv> {
  return describing((_, next) => next(), operation);
}
