import { desc, eq, sql } from 'drizzle-orm';
import { pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { Database, Transaction } from '../db/database.ts';
import type { Sender } from './sender.ts';

/**
 * The mails that development has "sent". In a schema of its own that only the inbox makes, so that no migration, and no
 * other environment, has it.
 */
const mails = pgSchema('kura_dev').table('mails', {
  id: uuid('id').primaryKey(),
  from: text('from').notNull(),
  to: text('to').notNull(),
  subject: text('subject').notNull(),
  text: text('text').notNull(),
  html: text('html').notNull(),
  sentAt: timestamp('sent_at', { withTimezone: true }).notNull().defaultNow(),
});

export type InboxMail = typeof mails.$inferSelect;

/** The newest mails that the page lists. */
const LISTED = 100;

/** Keeps every mail in the database instead of sending it; as a provider does, once per idempotency key. */
export function inboxSender(db: Database, from: string): Sender {
  return async function inbox({ to, subject, text, html }, { idempotencyKey: id }) {
    const mail = { id, from, to, subject, text, html };
    await db.batch((tx) => [...schema(tx), tx.statement((q) => q.insert(mails).values(mail).onConflictDoNothing())]);
  };
}

/** The newest mails, the newest first. */
export async function listInbox(db: Database): Promise<Omit<InboxMail, 'text' | 'html'>[]> {
  const { id, from, to, subject, sentAt } = mails;
  const results = await db.batch((tx) => [
    tx.statement((q) => q.select({ id, from, to, subject, sentAt }).from(mails).orderBy(desc(sentAt)).limit(LISTED)),
  ]);
  return results[0];
}

/** The mail of this id, if there is one. */
export async function findInInbox(db: Database, id: string): Promise<InboxMail | undefined> {
  const [mail] = await db.statement((q) => q.select().from(mails).where(eq(mails.id, id)));
  return mail;
}

/** Makes the inbox ready to be read. */
export async function openInbox(db: Database): Promise<void> {
  await db.batch(schema);
}

/** Two at once would both make it: they take turns. */
function schema(tx: Transaction) {
  return [
    sql`select pg_advisory_xact_lock(hashtext('kura_dev.mails'))`,
    sql`create schema if not exists kura_dev`,
    sql`create table if not exists kura_dev.mails (
      "id" uuid primary key, "from" text not null, "to" text not null, "subject" text not null,
      "text" text not null, "html" text not null, "sent_at" timestamptz not null default now())`,
  ].map((query) => tx.statement((q) => q.execute(query)));
}
