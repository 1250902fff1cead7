import { sql } from 'drizzle-orm';
import { boolean, check, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, notDeleted, softDelete, timestamps, version } from '../db/columns.ts';

/** Accounts. Username and email are unique among rows that are not deleted, compared without case. */
export const users = pgTable(
  'users',
  {
    ...id(),
    username: text('username').notNull(),
    email: text('email').notNull(),
    hashedPassword: text('hashed_password').notNull(),
    fullName: text('full_name'),
    isActive: boolean('is_active').notNull().default(true),
    isSuperuser: boolean('is_superuser').notNull().default(false),
    ...timestamps(),
    ...softDelete(),
    ...version(),
  },
  (t) => [
    // Postgres reports the first index that refuses a row: email before username, as the reference checks them.
    uniqueIndex('users_email_key').on(sql`lower(${t.email})`).where(notDeleted),
    uniqueIndex('users_username_key').on(sql`lower(${t.username})`).where(notDeleted),
    check('users_soft_delete_check', sql`${t.isDeleted} = (${t.deletedAt} is not null)`),
  ],
);

export type User = typeof users.$inferSelect;
export type NewUser = typeof users.$inferInsert;
