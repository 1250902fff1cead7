import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import journal from '../../drizzle/meta/_journal.json' with { type: 'json' };
import type { Session } from '../db/database.ts';
import { assertSender } from '../email/configured.ts';
import type { Env } from '../env.ts';
import { AppError, isAppError } from '../errors.ts';
import type { AppEnv } from './context.ts';

/** Whether the process answers, and whether it can serve. */
export const healthRoutes = new Hono<AppEnv>()
  .get('/live', (c) => c.json({ status: 'live' }))
  .get('/ready', async (c) => {
    await assertReady(c.var.db, c.var.env);
    return c.json({ status: 'ready', migration: newest.tag });
  });

const newest = journal.entries.reduce((last, entry) => (entry.idx > last.idx ? entry : last));

/**
 * One round trip. Throws `not_ready` if the database cannot be reached or lacks this build's newest migration, and
 * `configuration` if there is nothing to send mail with.
 */
export async function assertReady(session: Session, env: Env): Promise<void> {
  assertSender(env);
  const applied = await session
    .statement((q) =>
      q.select({ one: sql`1` }).from(sql`drizzle.__drizzle_migrations`).where(sql`created_at = ${newest.when}`),
    )
    .then(
      (rows) => rows.length > 0,
      (error: unknown) => {
        if (isAppError(error, 'query_failed')) return false; // the ledger's table does not exist
        throw new AppError('not_ready', 'The database cannot be reached', { cause: error });
      },
    );
  if (!applied) throw new AppError('not_ready', `The database lacks the migration ${newest.tag}`);
}
