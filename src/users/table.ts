import { sql } from 'drizzle-orm';
import { boolean, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { id, softDelete, softDeleteCheck, timestamps, uniqueAmongLiving, version } from '../db/columns.ts';

/** Accounts. Username and email are unique among rows that are not deleted, compared without case. */
export const users = pgTable(
  'users',
  {
    ...id(),
    username: text('username').notNull(),
    email: text('email').notNull(),
    /** When this very address was shown to be theirs. */
    emailVerifiedAt: timestamp('email_verified_at', { withTimezone: true, precision: 3 }),
    hashedPassword: text('hashed_password').notNull(),
    fullName: text('full_name'),
    isActive: boolean('is_active').notNull().default(true),
    isSuperuser: boolean('is_superuser').notNull().default(false),
    ...timestamps(),
    ...softDelete(),
    ...version(),
  },
  (t) => [
    // Postgres reports the first index that refuses a row: email before username.
    uniqueAmongLiving('users_email_key', sql`lower(${t.email})`),
    uniqueAmongLiving('users_username_key', sql`lower(${t.username})`),
    softDeleteCheck('users_soft_delete_check', t),
  ],
);

export type User = typeof users.$inferSelect;
export type NewUser = typeof users.$inferInsert;
