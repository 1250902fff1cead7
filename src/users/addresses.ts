import { record } from '../audit/record.ts';
import type { Database, Transaction } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { inOrderTo } from '../email/in-order.ts';
import type { Env } from '../env.ts';
import { admit, type Limit } from '../http/limits/limits.ts';
import type { Origin } from '../http/origin.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Actor } from './actor.ts';
import { confirmed, confirmPassword } from './confirm-password.ts';
import { linkWanted } from './mails/link.ts';
import { addressChanged } from './mails/notice.ts';
import { userRepository } from './repository.ts';
import type { ClaimEmail } from './schemas.ts';
import type { User } from './table.ts';
import { asTaken } from './taken.ts';
import { at, findUsable, spent } from './tokens/links.ts';
import { mailTokenRepository, newMailToken } from './tokens/repository.ts';

/** So that nobody fills an inbox by an account. */
const LINKS_BY_USER: Limit = { name: 'links by user', most: 5, windowMs: 3_600_000 };

type Secret = Pick<Env, 'SECRET_KEY'>;

/** Sends the link again that verifies the actor's address, in one round trip; nothing where it is verified. Throws `too_many_requests`. */
export async function sendVerification(db: Database, { user }: Actor, env: Secret): Promise<void> {
  if (user.emailVerifiedAt) return;
  const statements = await link(env, 'verify_email', user, user.email);
  await db.batch(statements);
}

/**
 * Sends a link to another address that the actor wants to have, in one round trip; the address stays as it is until that is used.
 * Throws `wrong_password` and `too_many_requests`. Whether the address is free is said when the link is used.
 */
export async function claimEmail(
  db: Database,
  origin: Origin,
  actor: Actor,
  { email, password }: ClaimEmail,
  env: Secret,
): Promise<void> {
  await confirmPassword(db, actor, password);
  const statements = await link(env, 'change_email', actor.user, email);
  const { id } = actor.user;
  await db.batch((tx) => [
    ...confirmed(tx, actor),
    ...statements(tx),
    record(tx, origin, { event: 'user.email_claimed', userId: id, actorId: id }),
  ]);
}

/**
 * Takes it from a link that an address is the user's: it is verified then, and theirs if it was not before; the one before gets a
 * notice. Two round trips. Throws `invalid_token`, and `email_taken` where somebody has the address by now.
 */
export async function verifyEmail(db: Database, origin: Origin, input: string): Promise<void> {
  const { token, user } = await findUsable(db, input, ['verify_email', 'change_email']);
  const { id: userId, email } = user;
  const changes = token.purpose === 'change_email';
  const isOther = email.toLowerCase() !== token.email.toLowerCase(); // else the notice would go to where the link went
  const patch = { emailVerifiedAt: new Date(), ...(changes && { email: token.email }) };
  await db
    .batch((tx) => [
      userRepository.update(tx, userId, patch, at(changes ? email : token.email)),
      mailTokenRepository.use(tx, token.id),
      ...(changes
        ? [
            record(tx, origin, { event: 'user.email_changed', userId, details: { from: email, to: token.email } }),
            ...(isOther ? [enqueue(tx, addressChanged, { email }, inOrderTo(email))] : []),
          ]
        : [record(tx, origin, { event: 'user.email_verified', userId })]),
    ])
    .catch(spent)
    .catch(asTaken);
}

/** The statements that send a link of this purpose to the address. */
async function link(env: Secret, purpose: 'verify_email' | 'change_email', user: User, email: string) {
  const userId = user.id;
  const token = await newMailToken(env.SECRET_KEY, purpose, { userId, email });
  const payload = { tokenId: token.id, purpose, email, expiresAt: token.expiresAt.toISOString() };
  return (tx: Transaction): readonly Statement<unknown>[] => [
    admit(tx, [{ limit: LINKS_BY_USER, subject: userId }]),
    mailTokenRepository.create(tx, token),
    enqueue(tx, linkWanted, payload, inOrderTo(payload.email)),
  ];
}
