import type { MiddlewareHandler } from 'hono';
import type { DatabaseConfig } from '../db/config.ts';
import { openDatabase } from '../db/neon.ts';
import { rememberedOf } from '../db/remembered.ts';
import type { Env } from '../env.ts';
import type { AppEnv } from './context.ts';

/** `c.var.db`: opened per request without I/O, closed after the response. A connection belongs to one request. */
export function database(): MiddlewareHandler<AppEnv> {
  return async function database(c, next) {
    const db = openDatabase(databaseConfig(c.get('env')));
    c.set('db', db);
    try {
      await next();
    } finally {
      await db.close();
    }
  };
}

/** The database that the configuration names. */
export const databaseConfig = rememberedOf(
  (env: Env): DatabaseConfig => ({
    url: env.DATABASE_URL,
    replicaUrl: env.DATABASE_REPLICA_URL,
    statementTimeoutMs: env.STATEMENT_TIMEOUT_MS,
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    debug: env.DEBUG,
  }),
);
