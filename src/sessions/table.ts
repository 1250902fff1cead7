import { index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytea, id } from '../db/columns.ts';
import { users } from '../users/table.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** Who is signed in. A row that is gone is a session that has ended. */
export const sessions = pgTable(
  'sessions',
  {
    ...id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** SHA-256 of the token, which is kept nowhere. */
    tokenHash: bytea('token_hash').notNull().unique(),
    userAgent: text('user_agent'),
    address: text('address'),
    createdAt: moment('created_at').notNull().defaultNow(),
    /** To some minutes: writing it at every request would cost a round trip. */
    lastUsedAt: moment('last_used_at').notNull().defaultNow(),
    /** The end, however much the session is used. */
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [index('sessions_user_idx').on(t.userId, t.id), index('sessions_expiry_idx').on(t.expiresAt)],
);

export type SessionRow = typeof sessions.$inferSelect;
