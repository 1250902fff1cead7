import type { Database, Transaction } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { outboxRepository } from './repository.ts';
import type { Topic } from './topic.ts';

export interface EnqueueOptions {
  /** Rows of one key, as a user's id, are handled one after the other, in the order of their insertion. */
  readonly orderingKey?: string;
  /** ms to wait before the first attempt; by the clock of whoever calls. */
  readonly delayMs?: number;
}

/** The databases through which something became due; a request has one of its own. */
const used = new WeakSet<Database>();

/**
 * Saves work to be done once the transaction is committed: with it or not at all. One statement; gives the row's id.
 * The payload is kept in the table until it is purged: put no secret into it.
 */
export function enqueue<Payload>(
  tx: Transaction,
  topic: Topic<Payload>,
  payload: Payload,
  { orderingKey, delayMs }: EnqueueOptions = {},
): Statement<string> {
  const statement = outboxRepository.create(tx, {
    topic: topic.name,
    payload,
    ...(orderingKey !== undefined && { orderingKey }),
    ...(delayMs !== undefined && { availableAt: new Date(Date.now() + delayMs) }),
  });
  wakeDrain(tx);
  return statement.map(({ id }) => id);
}

/** Has what is due handled after the response, once the transaction is committed. */
export function wakeDrain(tx: Transaction): void {
  tx.afterCommit(() => {
    used.add(tx.database);
  });
}

/** Whether a transaction on this database made something due and was committed. */
export const hasEnqueued = (db: Database): boolean => used.has(db) || used.has(db.primary);
