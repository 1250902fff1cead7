import { v7 as uuidv7 } from 'uuid';
import { CrudBase, inOne, type Unit } from '../db/crud.ts';
import type { Session } from '../db/database.ts';
import { hashPassword, nobodysHash, verifyPassword } from './password.ts';
import { type UserRepository, userRepository } from './repository.ts';
import type { CreateUser } from './schemas.ts';
import type { NewUser, User, users } from './table.ts';

/** A FastAPI service's usual `CRUDUser`: its `get_by_email` and `get_by_username` are the repository's `findBy…`. */
export class UserCrud extends CrudBase<typeof users> {
  override readonly repository: UserRepository;

  constructor(repository: UserRepository) {
    super(repository);
    this.repository = repository;
  }

  /**
   * Registers a user; the password is hashed before `unit` is touched. Throws `conflict` if the email or the username is
   * taken. To keep the hash out of a transaction, make it first: `newUser`, then `userRepository.create(tx, user)`.
   */
  async create(unit: Unit, input: CreateUser, bcryptCost: number): Promise<User> {
    const user = await newUser(input, bcryptCost);
    return inOne(unit, (tx) => this.repository.create(tx, user));
  }

  /** The user of this name or email and password, active or not; otherwise `undefined`. Costs as `verified` does. */
  async authenticate(
    session: Session,
    usernameOrEmail: string,
    password: string,
    bcryptCost: number,
  ): Promise<User | undefined> {
    return verified(await this.repository.findByLogin(session, usernameOrEmail), password, bcryptCost);
  }

  isActive(user: User): boolean {
    return user.isActive;
  }

  isSuperuser(user: User): boolean {
    return user.isSuperuser;
  }
}

export const userCrud = new UserCrud(userRepository);

/** The row of a new user, with its id. Hashes the password, which takes tens of ms: call it before a transaction. */
export async function newUser({ password, fullName, ...rest }: CreateUser, bcryptCost: number) {
  const hashedPassword = await hashPassword(password, bcryptCost);
  return { ...rest, id: uuidv7(), fullName: fullName ?? null, hashedPassword } satisfies NewUser;
}

/**
 * The user, if this is their password. Nobody costs what somebody does, so the time it takes does not tell whether a user
 * exists; `bcryptCost` is that of the stored hashes.
 */
export async function verified(
  user: User | undefined,
  password: string,
  bcryptCost: number,
): Promise<User | undefined> {
  return (await verifyPassword(password, user?.hashedPassword ?? nobodysHash(bcryptCost))) ? user : undefined;
}
