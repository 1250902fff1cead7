import { type SQL, sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { Session, Transaction } from '../database.ts';
import type { Entity } from './entity.ts';

/** PostgreSQL manual, 13.3.2: row-level locks, held until the transaction ends. */
export type LockStrength = 'update' | 'no key update' | 'share' | 'key share';

export interface RowLock {
  readonly strength: LockStrength;
  /** Leaves out rows that another transaction has locked. */
  readonly skipLocked?: boolean;
  /** Throws `lock_not_available` instead of waiting. */
  readonly noWait?: boolean;
}

/** A lock as an option: its strength, or that and how to wait. Only a transaction can hold one. */
export type LockOption<S extends Session> = [S] extends [Transaction] ? LockStrength | RowLock : never;

const STRENGTHS: readonly string[] = ['update', 'no key update', 'share', 'key share'] satisfies LockStrength[];

/** The locking clause, or nothing. Throws `misuse` for a lock on a `Database`, which the types refuse too. */
export function lockSql(session: Session, { name }: Entity, lock: LockStrength | RowLock | undefined): SQL {
  if (!lock) return sql``;
  const { strength, skipLocked, noWait }: RowLock = typeof lock === 'string' ? { strength: lock } : lock;
  if (!isTransaction(session)) throw new AppError('misuse', 'A row lock needs a transaction');
  if (!STRENGTHS.includes(strength)) throw new AppError('misuse', 'There is no such row lock');
  const wait = noWait ? ' nowait' : skipLocked ? ' skip locked' : '';
  return sql` for ${sql.raw(strength)} of ${sql.identifier(name)}${sql.raw(wait)}`;
}

export function isTransaction(session: Session): session is Transaction {
  return 'kind' in session && session.kind === 'transaction';
}
