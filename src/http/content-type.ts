import type { MiddlewareHandler, Next } from 'hono';
import { AppError } from '../errors.ts';
import type { AppContext, AppEnv } from './context.ts';
import { isWrite } from './operation.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * A body must say that it is JSON: without that, validation would see no body at all, and a page of another site could send
 * it without a preflight. `forms` are the paths that take a form instead, and so must not rely on a cookie.
 */
export function jsonOnly({ forms }: { readonly forms: readonly string[] }): MiddlewareHandler<AppEnv> {
  return function jsonOnly(c, next) {
    if (!isWrite(c.req)) return next();
    const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
    const wanted = forms.includes(c.req.path) ? FORM_TYPE : JSON_TYPE;
    return type === wanted ? next() : withoutBody(c, next, type, wanted);
  };
}

async function withoutBody(c: AppContext, next: Next, type: string | undefined, wanted: string): Promise<void> {
  if (type !== undefined || (await hasBody(c))) {
    throw new AppError('unsupported_media_type', `Send the body as ${wanted}`);
  }
  await next();
}

/** By looking: neither the headers nor the stream of a request without a body are the same on all the ways that lead here. */
const hasBody = async (c: AppContext): Promise<boolean> => c.req.raw.body !== null && (await c.req.text()) !== '';
