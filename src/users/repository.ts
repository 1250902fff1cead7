import { and, eq } from 'drizzle-orm';
import type { Session, Transaction } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { type NewUser, type User, users } from './table.ts';

/** Inserts a user, and gives the row as it was stored. Throws `conflict` if the email or the username is taken. */
export function create(tx: Transaction, user: NewUser): Statement<User> {
  return tx
    .statement((q) => q.insert(users).values(user).returning())
    .map(([row]) => {
      if (!row) throw new Error('INSERT … RETURNING gave no row');
      return row;
    });
}

/** The user with this id, unless there is none or it is deleted. */
export function find(session: Session, id: string): Statement<User | undefined> {
  return session
    .statement((q) =>
      q
        .select()
        .from(users)
        .where(and(eq(users.id, id), eq(users.isDeleted, false))),
    )
    .map(([row]) => row);
}
