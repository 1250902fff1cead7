import { record } from '../audit/record.ts';
import type { Database } from '../db/database.ts';
import { inOrderTo } from '../email/in-order.ts';
import type { Mail } from '../email/sender.ts';
import type { Env } from '../env.ts';
import { assertAdmitted, count, type Limit } from '../http/limits/limits.ts';
import type { Origin } from '../http/origin.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { forgetLogIns } from './log-in-attempts.ts';
import { passwordChanged } from './mails/notice.ts';
import { passwordForgotten, resetEmail } from './mails/reset.ts';
import { hashPassword } from './password.ts';
import { assertSuits } from './password-rules.ts';
import { userRepository } from './repository.ts';
import { at, findUsable, spent } from './tokens/links.ts';
import { mailTokenRepository, newMailToken } from './tokens/repository.ts';
import { tokenOf } from './tokens/token.ts';

const HOUR_MS = 3_600_000;

/** So that nobody's inbox is filled, and nobody tries a list of addresses. */
const BY_ADDRESS: Limit = { name: 'forgotten password by address', most: 3, windowMs: HOUR_MS };
const BY_NETWORK: Limit = { name: 'forgotten password by network', most: 20, windowMs: HOUR_MS };

/**
 * Asks for a link to choose a new password. It does not look whether there is such an account, so neither the answer nor its time
 * tells: whoever sends the mail looks. Throws `too_many_requests`, by what was typed.
 */
export async function forgetPassword(db: Database, origin: Origin, email: string): Promise<void> {
  const address = email.toLowerCase();
  const attempts = [
    { limit: BY_ADDRESS, subject: address },
    { limit: BY_NETWORK, subject: origin.network },
  ];
  assertAdmitted(await count(db.outside, attempts));
  await db.batch((tx) => [
    enqueue(tx, passwordForgotten, { email }, inOrderTo(email)),
    record(tx, origin, { event: 'user.password_forgotten' }),
  ]);
}

/**
 * The mail with that link, for the job of this id, if somebody active has the address. Its token is of the job's id: another attempt
 * makes the same one, and only its time begins anew.
 */
export async function resetEmailFor(
  db: Database,
  jobId: string,
  address: string,
  { SECRET_KEY: secret, PUBLIC_URL: publicUrl }: Pick<Env, 'SECRET_KEY' | 'PUBLIC_URL'>,
): Promise<Mail | undefined> {
  const user = await userRepository.findByEmail(db.primary, address);
  if (!user?.isActive) return undefined;
  const { id: userId, email } = user; // to the address as it is stored: another spelling may be another mailbox
  const token = await newMailToken(secret, 'reset_password', { userId, email }, jobId);
  await db.batch((tx) => [mailTokenRepository.upsert(tx, token, { on: ['id'], set: ['expiresAt'] })]);
  return resetEmail(email, publicUrl, await tokenOf(secret, token));
}

/**
 * Sets the password of the user whose link this is, ends all their sessions, and counts their log-ins anew; the link has shown the address too. Two
 * round trips. Throws `invalid_token`, and `invalid_input` for a password that is not good.
 */
export async function resetPassword(
  db: Database,
  origin: Origin,
  input: { readonly token: string; readonly newPassword: string },
  env: Pick<Env, 'BCRYPT_COST' | 'PASSWORD_MIN_LENGTH'>,
): Promise<void> {
  const { token, user } = await findUsable(db, input.token, ['reset_password']);
  assertSuits(input.newPassword, env.PASSWORD_MIN_LENGTH, user, 'newPassword');
  const hashedPassword = await hashPassword(input.newPassword, env.BCRYPT_COST);
  const emailVerifiedAt = user.emailVerifiedAt ?? new Date();
  const { id: userId, username } = user;
  await db
    .batch((tx) => [
      // First, as everybody locks a user before their tokens: the trigger that ends the sessions removes the other tokens.
      userRepository.get(tx, userId, { lock: 'no key update' }),
      mailTokenRepository.use(tx, token.id),
      userRepository.update(tx, userId, { hashedPassword, emailVerifiedAt }, at(token.email)),
      ...forgetLogIns(tx, origin.network, username, token.email), // whoever was kept out by a stranger's guesses gets in
      enqueue(tx, passwordChanged, { email: token.email }, inOrderTo(token.email)),
      record(tx, origin, { event: 'user.password_reset', userId }),
    ])
    .catch(spent);
}
