import { index, pgTable, timestamp } from 'drizzle-orm/pg-core';
import { bytea } from '../../db/columns.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** Answers to requests with an `Idempotency-Key`, saved in the transaction of what they did. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** SHA-256 of who asked, the route and the key. */
    keyHash: bytea('key_hash').primaryKey(),
    /** HMAC of the request's payload. */
    fingerprint: bytea('fingerprint').notNull(),
    /** The answer, encrypted: it may hold a token. */
    sealed: bytea('sealed').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [index('idempotency_keys_expiry_idx').on(t.expiresAt)],
);
