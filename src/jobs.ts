import { purgeAudit } from './audit/record.ts';
import type { Database } from './db/database.ts';
import { withDatabase } from './db/neon.ts';
import { purgeAll } from './db/purge.ts';
import { configuredSender } from './email/configured.ts';
import type { Env } from './env.ts';
import { databaseConfig } from './http/database.ts';
import { assertReady } from './http/health.ts';
import { purgeAnswers } from './http/idempotency/repository.ts';
import { purgeLimits } from './http/limits/limits.ts';
import { type Drained, type DrainOptions, drain } from './outbox/drain.ts';
import { outboxRepository } from './outbox/repository.ts';
import type { Handler } from './outbox/topic.ts';
import { sessionRepository } from './sessions/repository.ts';
import { userJobs } from './users/jobs.ts';
import { mailTokenRepository } from './users/tokens/repository.ts';

/** What is done for each topic of the outbox. */
export function jobs(env: Env, db: Database): readonly Handler[] {
  return userJobs(env, db, configuredSender(env, db));
}

/** One batch after a response: on Lambda the client waits for it, and a Worker's `waitUntil` ends after 30 s. */
const AFTER_RESPONSE: Partial<DrainOptions> = { limit: 5 };

/** A done row is kept for a week, to be looked at. */
const KEEP_DONE_MS = 7 * 24 * 3_600_000;

/** Handles what a request has just enqueued, or what is due before it. Opens a database of its own. */
export function drainAfterRequest(env: Env, traceId: string): Promise<Drained> {
  return withDatabase(databaseConfig(env), (db) => drain(db, jobs(env, db), { ...AFTER_RESPONSE, traceId }));
}

/** How long a schedule removes what is over, at most, before it sends mail. */
const PURGE_BUDGET_MS = 20_000;

/**
 * What a schedule runs: the removal of what was done long ago or counts no more, and then, whatever became of that, all that
 * is due in the outbox. A service that cannot serve is an error in the log before a user meets it: throws as `assertReady`.
 */
export function runScheduled(env: Env): Promise<void> {
  return withDatabase(databaseConfig(env), async (db) => {
    try {
      await purgeAll(
        db,
        [
          (tx) => outboxRepository.purgeDone(tx, KEEP_DONE_MS),
          purgeLimits,
          (tx) => mailTokenRepository.purgeExpired(tx),
          purgeAnswers,
          (tx) => sessionRepository.purgeExpired(tx, env.SESSION_IDLE_HOURS),
          purgeAudit,
        ],
        PURGE_BUDGET_MS,
      );
    } finally {
      await assertReady(db, env); // says more than the failure of a removal
      await drain(db, jobs(env, db));
    }
  });
}
