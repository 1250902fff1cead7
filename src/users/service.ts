import type { Database, Session } from '../db/database.ts';
import { AppError, isAppError } from '../errors.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { type Actor, assertSelf } from './actor.ts';
import { newUser } from './crud.ts';
import { userRepository } from './repository.ts';
import type { CreateUser } from './schemas.ts';
import type { User } from './table.ts';
import { asUserCreated, userCreated } from './welcome-email.ts';

/**
 * Registers a user, and their welcome mail with them, in one round trip. Throws `email_taken` or `username_taken`, also for the loser of a race: the
 * database's unique indexes decide, not a check before the insert.
 */
export async function createUser(db: Database, input: CreateUser, bcryptCost: number): Promise<User> {
  const values = await newUser(input, bcryptCost);
  try {
    const [user] = await db.batch((tx) => [
      userRepository.create(tx, values),
      enqueue(tx, userCreated, asUserCreated(values), { orderingKey: values.id }),
    ]);
    return user;
  } catch (error) {
    throw asTaken(error);
  }
}

/** The user with this id, for themselves and for superusers. Throws `forbidden` and `not_found`. */
export async function getUser(session: Session, actor: Actor, id: string): Promise<User> {
  assertSelf(actor, id);
  return userRepository.get(session, id);
}

function asTaken(error: unknown): unknown {
  if (!isAppError(error, 'conflict')) return error;
  if (error.constraint === 'users_email_key') return new AppError('email_taken', undefined, { cause: error });
  if (error.constraint === 'users_username_key') return new AppError('username_taken', undefined, { cause: error });
  return error;
}
