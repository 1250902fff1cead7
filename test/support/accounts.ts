import { auditRepository } from '../../src/audit/record.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { findInInbox, listInbox } from '../../src/email/inbox.ts';
import { parseEnv } from '../../src/env.ts';
import type { Origin } from '../../src/http/origin.ts';
import type { TestDatabase } from './database.ts';
import { SECRET_KEY } from './names.ts';

/** Where a request of a test comes from, for services that are called without one. */
export const origin: Origin = { requestId: 'test', address: '192.0.2.1', network: '192.0.2.1', userAgent: undefined };

/** The settings of the tests' application, as far as accounts need them. */
export const settings = parseEnv({
  DATABASE_URL: 'postgres://nobody:none@nowhere.invalid/none',
  BCRYPT_COST: '4',
  SECRET_KEY,
});

/** What the audit has about a user, the oldest first. */
export const eventsOf = (database: TestDatabase, userId: string) =>
  auditRepository.all(openDatabase({ url: database.url }), { where: { userId } });

/** The subjects of the mails to an address, the newest first. */
export async function mailsTo(database: TestDatabase, address: string): Promise<string[]> {
  const mails = await listInbox(openDatabase({ url: database.url }));
  return mails.filter(({ to }) => to === address).map(({ subject }) => subject);
}

/** The token in the newest mail to an address. */
export async function tokenTo(database: TestDatabase, address: string): Promise<string> {
  const db = openDatabase({ url: database.url });
  const newest = (await listInbox(db)).find(({ to }) => to === address);
  const mail = newest && (await findInInbox(db, newest.id));
  const token = /\/account\/\w+#([\w-]{43})\n/.exec(mail?.text ?? '')?.[1];
  if (token === undefined) throw new Error(`No mail with a link went to ${address}`);
  return token;
}
