import { sql } from 'drizzle-orm';
import type { Database, Transaction } from '../db/database.ts';
import type { Sender } from './sender.ts';

/** A mail that development has "sent"; `sentAt` as in ISO 8601, to the second. */
export interface InboxMail {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly sentAt: string;
}

export type ListedMail = Omit<InboxMail, 'text' | 'html'>;

/** In a schema of its own that only the inbox makes: no migration, and no other environment, has it. */
const MAILS = sql`kura_dev.mails`;

const LISTED = {
  id: sql<string>`"id"`,
  from: sql<string>`"from"`,
  to: sql<string>`"to"`,
  subject: sql<string>`"subject"`,
  sentAt: sql<string>`to_char("sent_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
};

/** Keeps every mail in the database instead of sending it; as a provider does, once per idempotency key. */
export function inboxSender(db: Database, from: string): Sender {
  return async function inbox({ to, subject, text, html }, { idempotencyKey }) {
    const row = sql`insert into ${MAILS} ("id", "from", "to", "subject", "text", "html")
      values (${idempotencyKey}, ${from}, ${to}, ${subject}, ${text}, ${html}) on conflict do nothing`;
    await db.batch((tx) => [...prepare(tx), tx.statement((q) => q.execute(row))]);
  };
}

/** The newest 100 mails, the newest first. */
export async function listInbox(db: Database): Promise<ListedMail[]> {
  await db.batch(prepare);
  return db.statement((q) => q.select(LISTED).from(MAILS).orderBy(sql`"sent_at" desc`).limit(100));
}

/** The mail of this id, if there is one; after `listInbox`, which makes the inbox ready to be read. */
export async function findInInbox(db: Database, id: string): Promise<InboxMail | undefined> {
  const whole = { ...LISTED, text: sql<string>`"text"`, html: sql<string>`"html"` };
  const [mail] = await db.statement((q) => q.select(whole).from(MAILS).where(sql`"id" = ${id}`));
  return mail;
}

/** Two at once would both make it: they take turns. */
function prepare(tx: Transaction) {
  return [
    sql`select pg_advisory_xact_lock(hashtext('kura_dev.mails'))`,
    sql`create schema if not exists kura_dev`,
    sql`create table if not exists ${MAILS} (
      "id" uuid primary key, "from" text not null, "to" text not null, "subject" text not null,
      "text" text not null, "html" text not null, "sent_at" timestamptz not null default now())`,
  ].map((query) => tx.statement((q) => q.execute(query)));
}
