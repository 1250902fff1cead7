import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database, Transaction } from './database.ts';
import type { Statement } from './statement.ts';

/** So that one run holds no lock for long, and ends; the schedule comes again. */
const PURGED_AT_ONCE = 5000;

/**
 * Removes rows of `key`'s table for good: those of the condition, at most 5,000 at a time, without waiting for any that
 * somebody else has locked. Gives their number.
 */
export function purge(tx: Transaction, key: PgColumn, where: SQL): Statement<number> {
  const { table } = key;
  // A CTE that locks runs once; a subquery may run again, and lock more.
  const old = sql`select ${key} as "key" from ${table} where ${where} limit ${PURGED_AT_ONCE} for update skip locked`;
  const gone = sql`delete from ${table} where ${key} in (select "key" from "old") returning 1 as "one"`;
  return tx
    .statement((q) =>
      q
        .with(q.$with('old', {}).as(old), q.$with('gone', {}).as(gone))
        .select({ count: sql`count(*)`.mapWith(Number) })
        .from(sql`"gone"`),
    )
    .map(([row]) => row?.count ?? 0);
}

/**
 * Runs each, as one batch, and those again that found as many rows as they take at a time, until there are no more or
 * `budgetMs` are over. Throws as the batch does; what was removed before stays so.
 */
export async function purgeAll(
  db: Database,
  purges: readonly ((tx: Transaction) => Statement<number>)[],
  budgetMs: number,
): Promise<void> {
  const until = Date.now() + budgetMs;
  let left = purges;
  do {
    const counts = await db.batch((tx) => left.map((removal) => removal(tx)));
    left = left.filter((_, i) => counts[i] === PURGED_AT_ONCE);
  } while (left.length > 0 && Date.now() < until);
}
