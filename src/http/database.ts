import type { MiddlewareHandler } from 'hono';
import { openDatabase } from '../db/neon.ts';
import type { AppEnv } from './context.ts';

/** `c.var.db`: opened per request without I/O, closed after the response. A connection belongs to one request. */
export function database(): MiddlewareHandler<AppEnv> {
  return async function database(c, next) {
    const { env } = c.var;
    const db = openDatabase({
      url: env.DATABASE_URL,
      replicaUrl: env.DATABASE_REPLICA_URL,
      statementTimeoutMs: env.STATEMENT_TIMEOUT_MS,
      requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
      debug: env.DEBUG,
    });
    c.set('db', db);
    try {
      await next();
    } finally {
      c.var.background(db.close());
    }
  };
}
