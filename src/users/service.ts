import { record } from '../audit/record.ts';
import type { Database, Session } from '../db/database.ts';
import type { With } from '../db/relations.ts';
import { inOrderTo } from '../email/in-order.ts';
import type { Env } from '../env.ts';
import type { Origin } from '../http/origin.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { type Actor, assertSelf, assertSuperuser } from './actor.ts';
import { newUser } from './crud.ts';
import { userCreated } from './mails/welcome.ts';
import { assertSuits } from './password-rules.ts';
import { userRepository } from './repository.ts';
import type { AddUser, CreateUser } from './schemas.ts';
import type { User, users } from './table.ts';
import { asTaken } from './taken.ts';
import { mailTokenRepository, newMailToken } from './tokens/repository.ts';

type Settings = Pick<Env, 'BCRYPT_COST' | 'PASSWORD_MIN_LENGTH' | 'SECRET_KEY'>;

/**
 * Registers a user, and with them their welcome mail, which has the link that verifies their address, in one round trip.
 * Throws `invalid_input` for a password that is not good, and `email_taken` or `username_taken`, also for the loser of a race:
 * the database's unique indexes decide, not a check before the insert.
 */
export const createUser = (db: Database, origin: Origin, input: CreateUser, env: Settings): Promise<User> =>
  insertUser(db, origin, input, env);

/** As `createUser`, by a superuser; one who is not active gets no mail. Throws `forbidden` too. */
export function addUser(db: Database, origin: Origin, actor: Actor, input: AddUser, env: Settings): Promise<User> {
  assertSuperuser(actor);
  return insertUser(db, origin, input, env, actor.user.id);
}

/** The user with this id and these relations, for themselves and for superusers. Throws `forbidden` and `not_found`. */
export async function getUser(
  session: Session,
  actor: Actor,
  id: string,
  relations: With<typeof users> = {},
): Promise<User> {
  assertSelf(actor, id);
  return userRepository.get(session, id, { with: relations });
}

async function insertUser(
  db: Database,
  origin: Origin,
  input: AddUser,
  env: Settings,
  actorId?: string,
): Promise<User> {
  assertSuits(input.password, env.PASSWORD_MIN_LENGTH, input, 'password');
  const values = await newUser(input, env.BCRYPT_COST);
  const { id, email } = values;
  const token = await newMailToken(env.SECRET_KEY, 'verify_email', { userId: id, email });
  const [user] = await db
    .batch((tx) => [
      userRepository.create(tx, values),
      record(tx, origin, { event: 'user.created', userId: id, actorId }),
      ...(input.isActive === false
        ? []
        : [
            mailTokenRepository.create(tx, token),
            enqueue(tx, userCreated, { id, email, tokenId: token.id }, inOrderTo(email)),
          ]),
    ])
    .catch(asTaken);
  return user;
}
