import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import * as z from 'zod/mini';
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' };
import type { Session } from '../db/database.ts';
import { assertSender } from '../email/configured.ts';
import type { Env } from '../env.ts';
import { AppError, isAppError } from '../errors.ts';
import type { AppEnv } from './context.ts';
import { describe } from './operation.ts';

/** Whether the process answers, and whether it can serve. */
export const healthRoutes = new Hono<AppEnv>()
  .get(
    '/live',
    describe({
      summary: 'Does the process answer?',
      success: { status: 200, description: 'It does', body: z.object({ status: z.literal('live') }) },
    }),
    (c) => c.json({ status: 'live' as const }),
  )
  .get(
    '/ready',
    describe({
      summary: 'Can it serve?',
      success: {
        status: 200,
        description: "The database has this build's migrations, and there is something to send mail with",
        body: z.object({ status: z.literal('ready'), migration: z.string() }),
      },
      errors: ['not_ready', 'configuration'],
    }),
    async (c) => {
      await assertReady(c.get('db').primary, c.get('env')); // a replica that answers does not make writes possible
      return c.json({ status: 'ready' as const, migration: newest.tag });
    },
  );

const newest = journal.entries.reduce((last, entry) => (entry.idx > last.idx ? entry : last));

/**
 * One round trip. Throws `not_ready` if the database cannot be reached or lacks a migration of this build: any of them,
 * not only the newest, as one that was merged late may be missing in between. Throws `configuration` if there is nothing to
 * send mail with.
 */
export async function assertReady(session: Session, env: Env): Promise<void> {
  assertSender(env);
  const applied = await session
    .statement((q) => q.select({ at: sql<string>`created_at` }).from(sql`drizzle.__drizzle_migrations`))
    .then(
      (rows) => new Set(rows.map(({ at }) => Number(at))),
      (error: unknown) => {
        if (isAppError(error, 'query_failed')) return new Set<number>(); // the ledger's table does not exist
        throw new AppError('not_ready', 'The database cannot be reached', { cause: error });
      },
    );
  const missing = journal.entries.filter(({ when }) => !applied.has(when)).map(({ tag }) => tag);
  if (missing.length > 0) throw new AppError('not_ready', `The database lacks the migration ${missing.join(', ')}`);
}
