import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { id } from '../db/columns.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** A row that is neither done nor dead. */
export const pending = sql`done_at is null and dead_at is null`;

/**
 * Work to be done after a commit, saved with what caused it. A row is pending until it is done or dead; while a drain
 * has it, `claimed_by` and `claimed_until` are its lease.
 */
export const outbox = pgTable(
  'outbox',
  {
    /** Also the provider's idempotency key. */
    ...id(),
    /** The order of the rows of one `ordering_key`: given by the database, as clocks of different machines differ. */
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
    topic: text('topic').notNull(),
    payload: jsonb('payload').notNull(),
    /** Rows of one key are handled one after the other. NULL: in any order. */
    orderingKey: text('ordering_key'),
    /** How often it was claimed. */
    attempts: integer('attempts').notNull().default(0),
    availableAt: moment('available_at').notNull().defaultNow(),
    claimedBy: uuid('claimed_by'),
    claimedUntil: moment('claimed_until'),
    doneAt: moment('done_at'),
    deadAt: moment('dead_at'),
    /** Why the last attempt failed; holds no address, no payload and no secret. */
    lastError: text('last_error'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [
    // Its last condition is always true, and keeps it from being taken for a look-up by key on a table without statistics.
    index('outbox_due_idx').on(t.availableAt, t.seq).where(sql`${pending} and available_at is not null`),
    index('outbox_order_idx').on(t.orderingKey, t.seq).where(pending),
    index('outbox_done_idx').on(t.doneAt).where(sql`done_at is not null`),
    index('outbox_dead_idx').on(t.deadAt).where(sql`dead_at is not null`),
    check('outbox_end_check', sql`${t.doneAt} is null or ${t.deadAt} is null`),
    check('outbox_claim_check', sql`(${t.claimedBy} is null) = (${t.claimedUntil} is null)`),
  ],
);

export type OutboxRow = typeof outbox.$inferSelect;
