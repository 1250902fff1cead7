import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { id } from '../db/columns.ts';

/** What happened to accounts, and who did it. No foreign keys: a row outlives the user it is about. */
export const auditEvents = pgTable(
  'audit_events',
  {
    ...id(),
    /** As `session.created` or `user.password_changed`. */
    event: text('event').notNull(),
    /** The account it is about; NULL where nobody has it. */
    userId: uuid('user_id'),
    /** Who did it; NULL for somebody who is not signed in. */
    actorId: uuid('actor_id'),
    address: text('address'),
    requestId: text('request_id'),
    /** More about it; never a secret. */
    details: jsonb('details').notNull().default(sql`'{}'`),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (t) => [index('audit_events_user_idx').on(t.userId, t.id), index('audit_events_event_idx').on(t.event, t.id)],
);
