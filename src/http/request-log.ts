import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { DatabaseStats } from '../db/meter.ts';
import type { AppError } from '../errors.ts';
import { log } from '../log.ts';
import type { AppContext, AppEnv } from './context.ts';
import { toAppError } from './problem.ts';

/**
 * One line of JSON for each request, whatever becomes of it. The path, the query and the body may hold a secret, so the line
 * has none of them. In DEBUG the answer says by `Server-Timing` what it cost.
 */
export function requestLog(): MiddlewareHandler<AppEnv> {
  return async function requestLog(c, next) {
    const begun = performance.now();
    try {
      await next();
    } finally {
      const ms = rounded(performance.now() - begun);
      const stats: DatabaseStats | undefined = c.get('db')?.stats; // whatever failed first has left out the rest
      const cost = { roundTrips: stats?.roundTrips ?? 0, databaseMs: rounded(stats?.ms ?? 0) };
      if (c.get('env')?.DEBUG) {
        const timing = `db;dur=${cost.databaseMs};desc="${cost.roundTrips} round trips", total;dur=${ms}`;
        c.header('Server-Timing', timing, { append: true });
      }
      write(c, { ms, ...cost });
    }
  };
}

function write(c: AppContext, cost: Record<string, number>): void {
  const status = c.finalized ? c.res.status : 500;
  const level = status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info';
  log(level, 'request', {
    requestId: c.get('requestId'),
    ...c.get('trace'),
    method: c.req.method,
    route: routeOf(c),
    status,
    ...cost,
    actorId: c.get('actorId') ?? null,
    ...(c.req.raw.signal.aborted && { aborted: true }),
    ...(c.error && describe(toAppError(c.error))),
  });
}

/** The pattern of the route that answers, as `/v1/users/:id`; null where no route does. */
const routeOf = (c: AppContext): string | null => matchedRoutes(c).find(({ method }) => method !== 'ALL')?.path ?? null; // ALL: a middleware

/** What a log may say of an error: an unexpected one by its class and first stack frame, never by its message. */
function describe(error: AppError): Record<string, unknown> {
  const { code, cause } = error;
  const state = cause && typeof cause === 'object' && 'code' in cause ? String(cause.code) : undefined;
  const unexpected = code === 'internal' && cause instanceof Error;
  return {
    code,
    ...(code === 'configuration' && { message: error.message }),
    ...(state && { state }),
    ...(unexpected && { error: cause.name, at: cause.stack?.match(/^\s+at .*$/m)?.[0].trim() }),
  };
}

/** To a tenth of a millisecond. */
const rounded = (ms: number): number => Math.round(ms * 10) / 10;
