import type { MiddlewareHandler } from 'hono';
import type { AppContext, AppEnv } from './context.ts';

/**
 * For answers that are data: nothing in them is to be run, framed, kept or taken by another site. A site of the CORS list
 * may still read them: `Cross-Origin-Resource-Policy` is about requests without CORS (Fetch, 3.7).
 */
const HEADERS = Object.entries({
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
});

/** ASVS 5, V3.4.1: a year at least, with all subdomains. */
const HSTS = 'max-age=31536000; includeSubDomains';

/** Security headers on every answer; one that a handler sets itself takes their place, as a page needs a policy of its own. */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  return async function securityHeaders(c, next) {
    add(c); // before there is an answer: later Hono makes a new one for each header
    await next();
    const { headers } = c.res;
    // Some are missing from a Response that was not made with `c`, and from one in place of an answer that was taken back.
    if (!headers.has('X-Content-Type-Options') || !headers.has('Cache-Control')) add(c);
    // Where the configuration cannot be read, it is not known to be development.
    if (c.get('env')?.ENVIRONMENT !== 'development') c.res.headers.set('Strict-Transport-Security', HSTS);
  };
}

function add(c: AppContext): void {
  for (const [name, value] of HEADERS) if (!c.finalized || !c.res.headers.has(name)) c.header(name, value);
}
