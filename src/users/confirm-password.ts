import type { Database, Transaction } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { AppError } from '../errors.ts';
import { admit, assertAdmitted, count, forget, type Limit } from '../http/limits/limits.ts';
import type { Actor } from './actor.ts';
import { verifyPassword } from './password.ts';

/** Whoever has found an open session does not learn the password by trying. */
const BY_USER: Limit = { name: 'password asked again', most: 10, windowMs: 15 * 60_000 };

const attempts = ({ user }: Actor) => [{ limit: BY_USER, subject: user.id }];

/** Throws `wrong_password`, which counts, or `too_many_requests`, unless this is the actor's own password. */
export async function confirmPassword(db: Database, actor: Actor, password: string): Promise<void> {
  if (await verifyPassword(password, actor.user.hashedPassword)) return;
  assertAdmitted(await count(db.outside, attempts(actor)));
  throw new AppError('wrong_password', 'This is not your password');
}

/**
 * The statements for a batch that a confirmed password allows. They refuse it where too many wrong ones were tried before: so a right
 * one is not told from a wrong one then, and costs no round trip of its own.
 */
export const confirmed = (tx: Transaction, actor: Actor): readonly [Statement<unknown>, Statement<unknown>] => [
  admit(tx, attempts(actor)),
  forget(tx, attempts(actor)),
];
