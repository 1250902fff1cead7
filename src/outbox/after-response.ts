import type { MiddlewareHandler } from 'hono';
import type { Env } from '../env.ts';
import { isAppError } from '../errors.ts';
import type { AppEnv } from '../http/context.ts';
import { log } from '../log.ts';
import { hasEnqueued } from './enqueue.ts';

/**
 * Runs `drain` in the background of a request that has enqueued something, whatever its answer. A drain that fails is
 * logged: the rows are there, and the next drain takes them.
 */
export function drainAfterResponse(drain: (env: Env, traceId: string) => Promise<unknown>): MiddlewareHandler<AppEnv> {
  return async function drainAfterResponse(c, next) {
    await next();
    if (!hasEnqueued(c.get('db'))) return;
    const { env, trace, background } = c.var;
    background(drain(env, trace.traceId).catch((error: unknown) => logFailure(error, trace.traceId)));
  };
}

function logFailure(error: unknown, traceId: string): void {
  const reason = isAppError(error) ? { code: error.code, message: error.message } : { code: 'internal' };
  log('error', 'outbox_drain_failed', { ...reason, traceId });
}
