import { index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytea, id } from '../../db/columns.ts';
import { users } from '../table.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** What a mailed link may be used for, once. */
const MAIL_PURPOSES = ['verify_email', 'change_email', 'reset_password'] as const;
export type MailPurpose = (typeof MAIL_PURPOSES)[number];

/** Links that were mailed. The token itself is made from the id and a secret when the mail is sent, and kept nowhere. */
export const mailTokens = pgTable(
  'mail_tokens',
  {
    ...id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    purpose: text('purpose', { enum: MAIL_PURPOSES }).notNull(),
    /** The address that the link went to. */
    email: text('email').notNull(),
    /** SHA-256 of the token. */
    tokenHash: bytea('token_hash').notNull().unique(),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    usedAt: moment('used_at'),
  },
  (t) => [index('mail_tokens_user_idx').on(t.userId, t.purpose), index('mail_tokens_expiry_idx').on(t.expiresAt)],
);

export type MailToken = typeof mailTokens.$inferSelect;
