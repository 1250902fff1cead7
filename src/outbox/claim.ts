import { and, asc, inArray, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Session } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { outbox } from './table.ts';

export interface ClaimOptions {
  /** Rows of other topics stay for a version of the service that knows them. */
  readonly topics: readonly string[];
  /** Whose lease it is. */
  readonly token: string;
  readonly leaseMs: number;
  readonly limit: number;
  readonly maxAttempts: number;
}

/** A claimed row. `dead`: all its leases ran out, as if it killed whoever handles it; it is a dead letter now. */
export interface Claimed {
  readonly id: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly dead: boolean;
}

const LOST = 'lost: no attempt came to an end';

/**
 * Claims rows that are due, the longest due first, in one statement. Nobody else has them until the lease runs out, by the
 * database's clock. Of the rows of one ordering key, only the first that is neither done nor dead.
 */
export function claim(session: Session, { topics, token, leaseMs, limit, maxAttempts }: ClaimOptions) {
  return session.statement((q) => {
    const first = alias(outbox, 'first');
    const key = sql`${first.orderingKey} = ${outbox.orderingKey}`;
    // A scalar subquery stays one index look-up per candidate; NOT EXISTS may become a join over all that is pending.
    const firstOfKey = sql`(select ${first.id} from ${outbox} "first"
      where ${key} and ${first.doneAt} is null and ${first.deadAt} is null order by ${first.seq} limit 1)`;
    // A CTE that locks runs once, so that it locks no more than `limit` rows; a subquery may run again.
    const due = q.$with('due').as(
      q
        .select({ dueId: sql<string>`${outbox.id}`.as('due_id') })
        .from(outbox)
        .where(
          and(
            sql`${outbox.doneAt} is null and ${outbox.deadAt} is null and ${outbox.availableAt} <= now()`,
            sql`(${outbox.claimedUntil} is null or ${outbox.claimedUntil} <= now())`,
            inArray(outbox.topic, [...topics]),
            sql`coalesce(${firstOfKey}, ${outbox.id}) = ${outbox.id}`,
          ),
        )
        .orderBy(asc(outbox.availableAt), asc(outbox.seq))
        .limit(limit)
        .for('update', { of: outbox, skipLocked: true }),
    );
    const spent = sql`${outbox.attempts} >= ${maxAttempts}`;
    const unlessSpent = (value: SQL) => sql`case when ${spent} then null else ${value} end`;
    return q
      .with(due)
      .update(outbox)
      .set({
        attempts: sql`${outbox.attempts} + case when ${spent} then 0 else 1 end`,
        claimedBy: unlessSpent(sql`${token}::uuid`),
        claimedUntil: unlessSpent(sql`now() + ${leaseMs}::float8 * interval '1 ms'`),
        deadAt: sql`case when ${spent} then now() end`,
        lastError: sql`case when ${spent} then ${LOST} else ${outbox.lastError} end`,
      })
      .from(due)
      .where(sql`${outbox.id} = ${due.dueId}`)
      .returning({
        id: outbox.id,
        topic: outbox.topic,
        payload: outbox.payload,
        attempts: outbox.attempts,
        dead: sql<boolean>`${outbox.deadAt} is not null`,
      });
  }) satisfies Statement<Claimed[]>;
}
