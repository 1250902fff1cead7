import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Session, Transaction } from '../db/database.ts';
import { purge } from '../db/purge.ts';
import { Repository } from '../db/repository.ts';
import type { Statement } from '../db/statement.ts';
import type { User } from '../users/table.ts';
import { users } from '../users/table.ts';
import { type SessionRow, sessions } from './table.ts';

/** A session that goes on, and whose it is. */
export interface LiveSession {
  readonly user: User;
  readonly sessionId: string;
  /** Whether `last_used_at` is old enough to be written anew. */
  readonly stale: boolean;
}

/** What a new session is made of. */
export interface NewSession extends Pick<SessionRow, 'id' | 'userId' | 'tokenHash' | 'userAgent' | 'address'> {
  readonly maxHours: number;
}

/** How exactly `last_used_at` is kept: writing it at every request would cost a round trip each. */
const TOUCH_EVERY = sql`interval '5 minutes'`;

const hours = (n: number): SQL => sql`${n}::float8 * interval '1 hour'`;

/** By the database's clock. */
const isLive = (idleHours: number): SQL =>
  sql`${sessions.expiresAt} > now() and ${sessions.lastUsedAt} > now() - ${hours(idleHours)}`;

/** Sessions that have not been ended. */
export class SessionRepository extends Repository<typeof sessions> {
  constructor() {
    super(sessions, { name: 'session' });
  }

  /** Begins a session, which ends by the database's clock. */
  start(tx: Transaction, { maxHours, ...values }: NewSession): Statement<SessionRow[]> {
    return tx.statement((q) =>
      q
        .insert(sessions)
        .values({ ...values, expiresAt: sql`now() + ${hours(maxHours)}` })
        .returning(),
    );
  }

  /** The session of this token, if it has not expired, and its user may sign in. One round trip. */
  findLive(session: Session, tokenHash: Uint8Array, idleHours: number): Statement<LiveSession | undefined> {
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
              isLive(idleHours),
              sql`${users.isActive} and not ${users.isDeleted}`,
            ),
          ),
      )
      .map(([live]) => live);
  }

  /** The user's sessions that go on, the newest first. */
  allLive(session: Session, userId: string, idleHours: number): Statement<SessionRow[]> {
    return session.statement((q) =>
      q
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), isLive(idleHours)))
        .orderBy(desc(sessions.id)),
    );
  }

  /** Says that the session is in use. */
  touch(tx: Transaction, id: string): Statement<unknown> {
    return tx.statement((q) => q.update(sessions).set({ lastUsedAt: sql`now()` }).where(eq(sessions.id, id)));
  }

  /** Ends all but the user's sessions that were used last, so many of them. */
  endBeyond(tx: Transaction, userId: string, most: number): Statement<unknown> {
    return tx.statement((q) => {
      const rest = q
        .select({ id: sessions.id })
        .from(sessions)
        .where(eq(sessions.userId, userId))
        .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
        .offset(most);
      return q.delete(sessions).where(sql`${sessions.id} in ${rest}`);
    });
  }

  /** Removes sessions that have expired, at most 5,000 at a time; gives their number. */
  purgeExpired(tx: Transaction, idleHours: number): Statement<number> {
    return purge(tx, sessions.id, sql`not (${isLive(idleHours)})`);
  }
}

export const sessionRepository = new SessionRepository();
