import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { AppEnv } from './context.ts';

/** The requests under way in this isolate, the oldest first, each as when it counts no more. */
const underWay = new Set<{ readonly until: number }>();

/**
 * Answers `overloaded` (503) at once where `MAX_CONCURRENT_REQUESTS` are under way: one more would make all of them late. A
 * request that the runtime has dropped never ends, so it counts for no longer than any may take.
 */
export function loadShedding(): MiddlewareHandler<AppEnv> {
  return async function loadShedding(c, next) {
    const { MAX_CONCURRENT_REQUESTS, REQUEST_TIMEOUT_MS } = c.get('env');
    const now = Date.now();
    for (const request of underWay) {
      if (request.until > now) break;
      underWay.delete(request);
    }
    if (underWay.size >= MAX_CONCURRENT_REQUESTS) throw new AppError('overloaded');
    const request = { until: now + 2 * REQUEST_TIMEOUT_MS }; // its statements take one, what is done around them less
    underWay.add(request);
    try {
      await next();
    } finally {
      underWay.delete(request);
    }
  };
}
