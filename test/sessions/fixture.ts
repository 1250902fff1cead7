import { eq, sql } from 'drizzle-orm';
import { auditEvents } from '../../src/audit/table.ts';
import type { Database } from '../../src/db/database.ts';
import { limits } from '../../src/http/limits/table.ts';
import { sessions } from '../../src/sessions/table.ts';
import type { testApp } from '../support/app.ts';

export type App = ReturnType<typeof testApp>;

let n = 0;
/** Headers of a caller at an address that no other has, so that no test uses up another's attempts. */
export function somewhere(): Record<string, string> {
  n++;
  return { 'CF-Connecting-IP': `198.51.${n >> 8}.${n & 255}` };
}

/** Logs in, from somewhere else if not said otherwise. */
export const logIn = (app: App, body: object, headers: Record<string, string> = somewhere()) =>
  app.post('/v1/sessions', body, headers);

/** The body of an answer. */
export const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

/** The token that a log-in gives. */
export async function tokenOf(response: Response): Promise<string> {
  const { token } = await bodyOf(response);
  if (typeof token !== 'string') throw new Error(`There is no token in an answer of ${response.status}`);
  return token;
}

/** The status of a request with this token. */
export const statusWith = async (app: App, token: string): Promise<number> =>
  (await app.get('/v1/users/me', { Authorization: `Bearer ${token}` })).status;

/** What is in the audit of this user, in its order. */
export const auditOf = (db: Database, userId: string) =>
  db.statement((q) => q.select().from(auditEvents).where(eq(auditEvents.userId, userId)).orderBy(auditEvents.id));

/** The user's sessions, whether they have expired or not. */
export const sessionsOf = (db: Database, userId: string) =>
  db.statement((q) => q.select().from(sessions).where(eq(sessions.userId, userId)).orderBy(sessions.id));

/** Lets the windows of all that was counted end. */
export const endWindows = (db: Database) =>
  db.statement((q) => q.update(limits).set({ resetsAt: sql`now() - interval '1 ms'` })).then(() => {});
