import { CrudBase, inOne, type Unit } from '../db/crud.ts';
import type { Session } from '../db/database.ts';
import { hashPassword, MAX_PASSWORD_BYTES, passwordBytes, verifyPassword } from './password.ts';
import { type UserRepository, userRepository } from './repository.ts';
import type { CreateUser } from './schemas.ts';
import type { NewUser, User, users } from './table.ts';

/** The reference's `CRUDUser`: `get_by_email` and `get_by_username` are the repository's `findBy…`. */
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

  /**
   * The user of this name or email and password, active or not; otherwise `undefined`. Nobody costs what somebody does,
   * so the time it takes does not tell whether a user exists; `bcryptCost` is that of the stored hashes.
   */
  async authenticate(
    session: Session,
    usernameOrEmail: string,
    password: string,
    bcryptCost: number,
  ): Promise<User | undefined> {
    const { repository } = this;
    // No username holds an @, and every email does.
    const user = await (usernameOrEmail.includes('@')
      ? repository.findByEmail(session, usernameOrEmail)
      : repository.findByUsername(session, usernameOrEmail));
    const right = await verifyPassword(password, user?.hashedPassword ?? nobodysHash(bcryptCost));
    // bcrypt does not see what is beyond its limit; no stored password is longer.
    return right && passwordBytes(password) <= MAX_PASSWORD_BYTES ? user : undefined;
  }

  isActive(user: User): boolean {
    return user.isActive;
  }

  isSuperuser(user: User): boolean {
    return user.isSuperuser;
  }
}

export const userCrud = new UserCrud(userRepository);

/** The row of a new user. Hashes the password, which takes tens of ms: call it before a transaction. */
export async function newUser({ password, fullName, ...rest }: CreateUser, bcryptCost: number): Promise<NewUser> {
  return { ...rest, fullName: fullName ?? null, hashedPassword: await hashPassword(password, bcryptCost) };
}

/** A hash that no password has: an all-zero salt and digest, in bcrypt's base64. */
const nobodysHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(22 + 31)}`;
