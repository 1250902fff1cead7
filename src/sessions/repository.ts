import { and, eq, sql } from 'drizzle-orm';
import type { Session, Transaction } from '../db/database.ts';
import { Repository } from '../db/repository.ts';
import type { Statement } from '../db/statement.ts';
import type { User } from '../users/table.ts';
import { users } from '../users/table.ts';
import { sessions } from './table.ts';

/** A session that goes on, and whose it is. */
export interface LiveSession {
  readonly user: User;
  readonly sessionId: string;
  /** Whether `last_used_at` is old enough to be written anew. */
  readonly stale: boolean;
}

/** How exactly `last_used_at` is kept: writing it at every request would cost a round trip each. */
const TOUCH_EVERY = sql`interval '5 minutes'`;

/** Sessions that have not been ended. */
export class SessionRepository extends Repository<typeof sessions> {
  constructor() {
    super(sessions, { name: 'session' });
  }

  /** The session of this token, if it has not expired by the database's clock, and its user may sign in. One round trip. */
  findLive(session: Session, tokenHash: Uint8Array, idleHours: number): Statement<LiveSession | undefined> {
    const idle = sql`${idleHours}::float8 * interval '1 hour'`;
    return session
      .statement((q) =>
        q
          .select({
            user: users,
            sessionId: sessions.id,
            stale: sql<boolean>`${sessions.lastUsedAt} < now() - ${TOUCH_EVERY}`,
          })
          .from(sessions)
          .innerJoin(users, eq(users.id, sessions.userId))
          .where(
            and(
              eq(sessions.tokenHash, tokenHash),
              sql`${sessions.expiresAt} > now() and ${sessions.lastUsedAt} > now() - ${idle}`,
              sql`${users.isActive} and not ${users.isDeleted}`,
            ),
          ),
      )
      .map(([live]) => live);
  }

  /** Says that the session is in use. */
  touch(tx: Transaction, id: string): Statement<unknown> {
    return tx.statement((q) => q.update(sessions).set({ lastUsedAt: sql`now()` }).where(eq(sessions.id, id)));
  }
}

export const sessionRepository = new SessionRepository();
