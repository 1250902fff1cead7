import type { MiddlewareHandler, Next } from 'hono';
import { cors } from 'hono/cors';
import type { AppContext, AppEnv } from './context.ts';

/**
 * CORS for the origins in CORS_ORIGINS, with credentials; a preflight is answered here. Any other origin gets the answer
 * of an API that knows no CORS, which its browser keeps from it.
 */
export function allowedOrigins(): MiddlewareHandler<AppEnv> {
  const allow = cors({
    origin: (origin) => origin,
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'If-None-Match',
      'X-Request-Id',
      'traceparent',
      'tracestate',
    ],
    exposeHeaders: [
      'Allow',
      'ETag',
      'Idempotency-Replayed',
      'Location',
      'Retry-After',
      'WWW-Authenticate',
      'X-Request-Id',
    ],
    maxAge: 7200, // the most that Chromium takes, in seconds
  });
  return function allowedOrigins(c, next) {
    const { CORS_ORIGINS } = c.get('env');
    if (CORS_ORIGINS.length === 0) return next();
    return CORS_ORIGINS.includes(c.req.header('Origin') ?? '') ? allow(c, next) : withoutCors(c, next);
  };
}

async function withoutCors(c: AppContext, next: Next): Promise<void> {
  await next();
  c.header('Vary', 'Origin', { append: true });
}
