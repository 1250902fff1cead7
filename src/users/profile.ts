import { record } from '../audit/record.ts';
import type { Database } from '../db/database.ts';
import type { Expecting } from '../db/repository/change.ts';
import { inOrderTo } from '../email/in-order.ts';
import type { Env } from '../env.ts';
import { AppError, isAppError } from '../errors.ts';
import type { Origin } from '../http/origin.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Actor } from './actor.ts';
import { confirmed, confirmPassword } from './confirm-password.ts';
import { passwordChanged } from './mails/notice.ts';
import { hashPassword } from './password.ts';
import { assertSuits } from './password-rules.ts';
import { userRepository } from './repository.ts';
import type { ChangePassword, UpdateProfile } from './schemas.ts';
import { lastSuperuser, superuserLeft } from './superusers.ts';
import type { User } from './table.ts';
import { asTaken } from './taken.ts';

/** Changes what users may change of themselves, in one round trip. Throws `username_taken` and `stale_version`. */
export async function updateProfile(
  db: Database,
  origin: Origin,
  { user: { id } }: Actor,
  patch: UpdateProfile,
  expected: Expecting,
): Promise<User> {
  const details = { fields: Object.keys(patch) };
  const [user] = await db
    .batch((tx) => [
      userRepository.update(tx, id, patch, expected),
      record(tx, origin, { event: 'user.changed', userId: id, actorId: id, details }),
    ])
    .catch(asTaken)
    .catch(asGone);
  return user;
}

/**
 * Sets another password, in one round trip: all sessions end but this one, and the user gets a mail. Throws `wrong_password` and
 * `too_many_requests`, `invalid_input` for a password that is not good, and `stale_version` if the user was changed meanwhile.
 */
export async function changePassword(
  db: Database,
  origin: Origin,
  actor: Actor,
  { currentPassword, newPassword }: ChangePassword,
  env: Pick<Env, 'BCRYPT_COST' | 'PASSWORD_MIN_LENGTH'>,
): Promise<void> {
  const { id, email, version } = actor.user;
  assertSuits(newPassword, env.PASSWORD_MIN_LENGTH, actor.user, 'newPassword');
  // First, and in every case: a right password that is refused later is not told by its time.
  const hashedPassword = await hashPassword(newPassword, env.BCRYPT_COST);
  await confirmPassword(db, actor, currentPassword);
  await db
    .batch(
      (tx) => [
        ...confirmed(tx, actor),
        // The version: the password that was confirmed must still be theirs.
        userRepository.update(tx, id, { hashedPassword }, { version }),
        enqueue(tx, passwordChanged, { email }, inOrderTo(email)),
        record(tx, origin, { event: 'user.password_changed', userId: id, actorId: id }),
      ],
      { settings: { 'app.keep_sessions': actor.sessionId } },
    )
    .catch(asGone);
}

/**
 * Deletes one's own account, in one round trip; a superuser can restore it. Throws `wrong_password` and `too_many_requests`,
 * `stale_version`, and `conflict` for the last superuser.
 */
export async function deleteProfile(
  db: Database,
  origin: Origin,
  actor: Actor,
  password: string,
  expected: Expecting,
): Promise<void> {
  const { id, isSuperuser } = actor.user;
  // The one whose password was confirmed, if it is one that is expected.
  const versions = [expected.version ?? actor.user.version].flat().filter((version) => version === actor.user.version);
  await confirmPassword(db, actor, password);
  await db
    .batch((tx) => {
      const statements = [
        ...confirmed(tx, actor),
        userRepository.remove(tx, id, { version: versions }),
        record(tx, origin, { event: 'user.deleted', userId: id, actorId: id }),
      ];
      return isSuperuser ? superuserLeft(tx, statements) : statements;
    })
    .catch(lastSuperuser)
    .catch(asGone);
}

/** Another request has just deleted the account, and so ended the session that asks. */
function asGone(error: unknown): never {
  if (!isAppError(error, 'not_found')) throw error;
  throw new AppError('unauthenticated', 'The account was deleted meanwhile', { cause: error });
}
