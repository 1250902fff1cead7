import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { AppEnv } from './context.ts';

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** A body must say that it is JSON: without that, validation would see no body at all, and a form could be forged. */
export function jsonOnly(): MiddlewareHandler<AppEnv> {
  return async function jsonOnly(c, next) {
    const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
    if (METHODS_WITH_BODY.has(c.req.method) && type !== 'application/json') {
      throw new AppError('unsupported_media_type', 'Send the body as application/json');
    }
    await next();
  };
}
