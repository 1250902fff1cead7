import { openDatabase } from '../../src/db/neon.ts';
import { sessionRepository } from '../../src/sessions/repository.ts';
import { hashToken, newToken } from '../../src/sessions/token.ts';
import { newUser } from '../../src/users/crud.ts';
import { userRepository } from '../../src/users/repository.ts';
import type { NewUser, User } from '../../src/users/table.ts';
import type { TestDatabase } from './database.ts';

/** Somebody who is signed in. */
export interface SignedIn {
  readonly user: User;
  readonly sessionId: string;
  readonly token: string;
  readonly headers: { readonly Authorization: string };
}

export const PASSWORD = 'correct horse battery';

/** A new user with a session, put straight into the database. */
export async function signIn(database: TestDatabase, values: Partial<NewUser> = {}): Promise<SignedIn> {
  const db = openDatabase({ url: database.url });
  const name = `user-${crypto.randomUUID()}`;
  const row = await newUser({ username: name, email: `${name}@example.com`, password: PASSWORD }, 4);
  const token = newToken();
  const tokenHash = await hashToken(token);
  const expiresAt = new Date(Date.now() + 3_600_000);
  const [user, session] = await db.batch((tx) => [
    userRepository.create(tx, { ...row, ...values }),
    sessionRepository.create(tx, { userId: values.id ?? row.id, tokenHash, expiresAt }),
  ]);
  return { user, sessionId: session.id, token, headers: { Authorization: `Bearer ${token}` } };
}
