import { record } from '../audit/record.ts';
import type { Database, Session } from '../db/database.ts';
import type { Expecting } from '../db/repository/change.ts';
import type { Origin } from '../http/origin.ts';
import { type Page, readPage } from '../http/paging.ts';
import { type Actor, assertSuperuser } from './actor.ts';
import { userRepository } from './repository.ts';
import type { UpdateUser, UserList } from './schemas.ts';
import { lastSuperuser, superuserLeft } from './superusers.ts';
import type { User } from './table.ts';
import { asTaken } from './taken.ts';

// What superusers do with the accounts of others. Every function throws `forbidden` for anybody else, and takes one round trip.

const SCOPES = {
  without: userRepository,
  with: userRepository.withDeleted,
  only: userRepository.onlyDeleted,
} as const;

/** A page of users, each as `present` shows it. Throws `invalid_cursor`. */
export async function listUsers<V>(
  session: Session,
  actor: Actor,
  query: UserList,
  secret: string,
  present: (user: User) => V,
): Promise<Page<V>> {
  assertSuperuser(actor);
  const { deleted, include = {}, ...list } = query;
  return readPage(session, SCOPES[deleted], { ...list, with: include }, secret, present);
}

/**
 * Changes a user; one who is deactivated is signed out everywhere. Throws `not_found`, `stale_version`, `username_taken`, and
 * `conflict` where no superuser would be left.
 */
export async function updateUser(
  db: Database,
  origin: Origin,
  actor: Actor,
  id: string,
  patch: UpdateUser,
  expected: Expecting,
): Promise<User> {
  assertSuperuser(actor);
  const { isActive, isSuperuser } = patch;
  const details = { fields: Object.keys(patch), isActive, isSuperuser };
  const [, user] = await db
    .batch((tx) =>
      superuserLeft(tx, [
        userRepository.update(tx, id, patch, expected),
        record(tx, origin, { event: 'user.changed', userId: id, actorId: actor.user.id, details }),
      ]),
    )
    .catch(lastSuperuser)
    .catch(asTaken);
  return user;
}

/** Marks a user as deleted, and signs them out. Throws `not_found`, `stale_version`, and `conflict` as `updateUser`. */
export async function deleteUser(
  db: Database,
  origin: Origin,
  actor: Actor,
  id: string,
  expected: Expecting,
): Promise<void> {
  assertSuperuser(actor);
  await db
    .batch((tx) =>
      superuserLeft(tx, [
        userRepository.remove(tx, id, expected),
        record(tx, origin, { event: 'user.deleted', userId: id, actorId: actor.user.id }),
      ]),
    )
    .catch(lastSuperuser);
}

/** Makes a deleted user live again. Throws `not_found`, `stale_version`, and `email_taken` or `username_taken` where somebody has these by now. */
export async function restoreUser(
  db: Database,
  origin: Origin,
  actor: Actor,
  id: string,
  expected: Expecting,
): Promise<User> {
  assertSuperuser(actor);
  const [, , user] = await db
    .batch((tx) => [
      userRepository.onlyDeleted.get(tx, id, { lock: 'update' }), // fails if nobody deleted has the id
      userRepository.restore(tx, id, expected),
      userRepository.get(tx, id),
      record(tx, origin, { event: 'user.restored', userId: id, actorId: actor.user.id }),
    ])
    .catch(asTaken);
  return user;
}

/** Removes a deleted user for good, with all that is theirs. Throws `not_found` for one who is not deleted first, and `stale_version`. */
export async function purgeUser(
  db: Database,
  origin: Origin,
  actor: Actor,
  id: string,
  expected: Expecting,
): Promise<void> {
  assertSuperuser(actor);
  await db.batch((tx) => [
    userRepository.onlyDeleted.get(tx, id, { lock: 'update' }),
    userRepository.purge(tx, id, expected),
    record(tx, origin, { event: 'user.purged', userId: id, actorId: actor.user.id }),
  ]);
}
