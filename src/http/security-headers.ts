import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './context.ts';

/**
 * For answers that are data: nothing in them is to be run, framed, kept or taken by another site. A site of the CORS list
 * may still read them: `Cross-Origin-Resource-Policy` is about requests without CORS (Fetch, 3.7).
 */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** ASVS 5, V3.4.1: a year at least, with all subdomains. */
const TRANSPORT_SECURITY = 'max-age=31536000; includeSubDomains';

/** Security headers on every answer; one that a handler has set itself stays, as a page needs a policy of its own. */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  return async function securityHeaders(c, next) {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
    // Where the configuration cannot be read, it is not known to be development.
    if (c.get('env')?.ENVIRONMENT !== 'development') c.header('Strict-Transport-Security', TRANSPORT_SECURITY);
  };
}
