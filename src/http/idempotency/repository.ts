import { eq, getTableName, sql } from 'drizzle-orm';
import type { InteractiveTransaction, Session, Transaction } from '../../db/database.ts';
import type { QueryBuilder } from '../../db/drizzle.ts';
import { purge } from '../../db/purge.ts';
import type { Statement } from '../../db/statement.ts';
import type { KeyedRequest } from './request.ts';
import { idempotencyKeys } from './table.ts';

export const KEYS_TABLE = getTableName(idempotencyKeys);

/** For how long an answer is given again. */
const KEPT_FOR = sql`interval '24 hours'`;

/** What is stored under a key, unless it has expired. */
export function findAnswer(session: Session, { keyHash }: KeyedRequest) {
  const { fingerprint, sealed, expiresAt } = idempotencyKeys;
  return session
    .statement((q) =>
      q
        .select({ fingerprint, sealed })
        .from(idempotencyKeys)
        .where(sql`${eq(idempotencyKeys.keyHash, keyHash)} and ${expiresAt} > now()`),
    )
    .map(([found]) => found);
}

/**
 * Lets the key be this transaction's alone, in the flush of its first statement: it fails with `idempotency_in_progress` if
 * another one has the key, or has committed since it was looked for. The look at the table is a statement of its own, so
 * that its snapshot is of after the lock.
 */
export async function claimKey(tx: InteractiveTransaction, { keyHash }: KeyedRequest): Promise<void> {
  const lock = new DataView(keyHash.buffer).getBigInt64(0);
  const fail = sql`kura_fail('KU409', ${KEYS_TABLE})`;
  const own = eq(idempotencyKeys.keyHash, keyHash);
  await tx.ride((q) => q.execute(sql`select pg_try_advisory_xact_lock(${lock}) or ${fail}`));
  await tx.ride((q) => q.delete(idempotencyKeys).where(sql`${own} and ${idempotencyKeys.expiresAt} <= now()`));
  await tx.ride((q) => q.select({ fail }).from(idempotencyKeys).where(own));
}

/** Stores the answer under its key. */
export function saveAnswer(q: QueryBuilder, { keyHash, fingerprint }: KeyedRequest, sealed: Uint8Array) {
  const expiresAt = sql`now() + ${KEPT_FOR}`;
  return q.insert(idempotencyKeys).values({ keyHash, fingerprint, sealed, expiresAt });
}

/** Gives the answer to nobody any more: no request has this fingerprint. The key stays used. */
export function spoilAnswer(tx: Transaction, { keyHash }: KeyedRequest): Statement<unknown> {
  const fingerprint = crypto.getRandomValues(new Uint8Array(32));
  return tx.statement((q) =>
    q.update(idempotencyKeys).set({ fingerprint }).where(eq(idempotencyKeys.keyHash, keyHash)),
  );
}

/** Removes answers that have expired, at most 5,000 at a time; gives their number. */
export const purgeAnswers = (tx: Transaction): Statement<number> =>
  purge(tx, idempotencyKeys.keyHash, sql`${idempotencyKeys.expiresAt} <= now()`);
