import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { AppContext, AppEnv } from './context.ts';

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * A body must say that it is JSON: without that, validation would see no body at all, and a page of another site could send
 * it without a preflight. `forms` are the paths that take a form instead, and so must not rely on a cookie.
 */
export function jsonOnly({ forms }: { readonly forms: readonly string[] }): MiddlewareHandler<AppEnv> {
  return async function jsonOnly(c, next) {
    const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
    const wanted = forms.includes(c.req.path) ? FORM_TYPE : JSON_TYPE;
    if (METHODS_WITH_BODY.has(c.req.method) && type !== wanted && (type !== undefined || (await hasBody(c)))) {
      throw new AppError('unsupported_media_type', `Send the body as ${wanted}`);
    }
    await next();
  };
}

/** By looking: neither the headers nor the stream of a request without a body are the same on all the ways that lead here. */
const hasBody = async (c: AppContext): Promise<boolean> => c.req.raw.body !== null && (await c.req.text()) !== '';
