import { sql } from 'drizzle-orm';
import { openDatabase } from '../../src/db/neon.ts';
import type { TestDatabase } from '../support/database.ts';
import { type SignedIn, signIn } from '../support/sign-in.ts';

export const ROLES = [
  'nobody',
  'an expired session',
  'a deactivated user',
  'another user',
  'the owner',
  'a superuser',
] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, as the headers of their request. */
export async function headersOf(role: Role, database: TestDatabase, owner: SignedIn): Promise<Record<string, string>> {
  switch (role) {
    case 'nobody':
      return {};
    case 'an expired session':
      return expire(database, await signIn(database));
    case 'a deactivated user':
      return (await signIn(database, { isActive: false })).headers; // a row that the trigger would have removed
    case 'another user':
      return (await signIn(database)).headers;
    case 'the owner':
      return owner.headers;
    case 'a superuser':
      return (await signIn(database, { isSuperuser: true })).headers;
  }
}

async function expire(database: TestDatabase, { sessionId, headers }: SignedIn): Promise<Record<string, string>> {
  const db = openDatabase({ url: database.url });
  await db.batch((tx) => [
    tx.statement((q) => q.execute(sql`update sessions set expires_at = now() where id = ${sessionId}`)),
  ]);
  return headers;
}

/** The status for each role. */
export type Expected = Readonly<Record<Role, number>>;

const all = (status: number): Expected => ({
  nobody: status,
  'an expired session': status,
  'a deactivated user': status,
  'another user': status,
  'the owner': status,
  'a superuser': status,
});

const strangers = { nobody: 401, 'an expired session': 401, 'a deactivated user': 401 };

/** Whoever asks. */
export const everybody = all;

/** Whoever is signed in. */
export const users = (status: number): Expected => ({ ...all(status), ...strangers });

/** Whose it is, and superusers; the rest get `refusal`: 404 where they are not to know that it is there. */
export const owners = (status: number, refusal: 403 | 404 = 403): Expected => ({
  ...users(status),
  'another user': refusal,
});

/** Whose it is, and nobody else. */
export const ownersAlone = (status: number, refusal: 403 | 404): Expected => ({
  ...owners(status, refusal),
  'a superuser': refusal,
});

/** A superuser. */
export const superusers = (status: number): Expected => ({ ...owners(status), 'the owner': 403 });

/** Whose it is, and superusers; to all others, signed in or not, it is not there. */
export const unseen = (status: number): Expected => ({ ...all(404), 'the owner': status, 'a superuser': status });
