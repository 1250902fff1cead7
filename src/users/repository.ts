import type { Session } from '../db/database.ts';
import type { Window } from '../db/repository/reader.ts';
import { Repository } from '../db/repository.ts';
import type { Statement } from '../db/statement.ts';
import { type User, users } from './table.ts';

/**
 * Users that are not deleted. Email and username are compared without regard to case, by their unique indexes.
 *
 * | a SQLAlchemy `UserRepository` | here |
 * |---|---|
 * | `get_by_email`, `get_by_username` | `findByEmail`, `findByUsername` |
 * | `is_email_taken(email, exclude_id)` | `isEmailTaken(session, email, exceptId)`; also `isUsernameTaken` |
 * | `get_with_posts(id)` | `get(session, id, { with: { posts: postsOfAuthor } })` (posts/relation.ts) |
 * | `get_active_users(skip, limit)` | `allActive(session, { offset, limit })` |
 */
export class UserRepository extends Repository<typeof users> {
  constructor() {
    super(users, { name: 'user' });
  }

  findByEmail(session: Session, email: string): Statement<User | undefined> {
    return this.findOne(session, { email: { iEq: email } });
  }

  findByUsername(session: Session, username: string): Statement<User | undefined> {
    return this.findOne(session, { username: { iEq: username } });
  }

  /** The user of this username or email. */
  findByLogin(session: Session, login: string): Statement<User | undefined> {
    return this.findOne(session, byLogin(login));
  }

  /** Whether somebody (other than `exceptId`) has this email. An answer, no promise: the unique index decides. */
  isEmailTaken(session: Session, email: string, exceptId?: string): Statement<boolean> {
    return this.exists(session, { email: { iEq: email }, ...other(exceptId) });
  }

  /** Whether somebody (other than `exceptId`) has this username. An answer, no promise: the unique index decides. */
  isUsernameTaken(session: Session, username: string, exceptId?: string): Statement<boolean> {
    return this.exists(session, { username: { iEq: username }, ...other(exceptId) });
  }

  /** Active users, oldest first; the first 100 unless `limit` says otherwise. */
  allActive(session: Session, window: Window = {}): Statement<User[]> {
    return this.all(session, { ...window, where: { isActive: true } });
  }
}

/** No username holds an @, and every email does. */
const byLogin = (login: string) => (login.includes('@') ? { email: { iEq: login } } : { username: { iEq: login } });

const other = (id: string | undefined) => (id === undefined ? {} : { id: { ne: id } });

export const userRepository = new UserRepository();
