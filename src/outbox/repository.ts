import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { purge } from '../db/purge.ts';
import { Repository } from '../db/repository.ts';
import type { Statement } from '../db/statement.ts';
import { outbox } from './table.ts';

/** The rows of the outbox: pending, done and dead. */
export class OutboxRepository extends Repository<typeof outbox> {
  constructor() {
    super(outbox, { name: 'outbox row' });
  }

  /** Gives a dead letter all its attempts again, at once; it keeps its id. `false` if there is no such dead letter. */
  retry(tx: Transaction, id: string): Statement<boolean> {
    const alive = { deadAt: null, attempts: 0, availableAt: sql`now()` };
    return tx
      .statement((q) =>
        q
          .update(outbox)
          .set(alive)
          .where(and(eq(outbox.id, id), isNotNull(outbox.deadAt)))
          .returning({ id: outbox.id }),
      )
      .map(({ length }) => length > 0);
  }

  /** Removes rows that were done longer than `olderThanMs` ago, at most 5,000 at a time; gives their number. */
  purgeDone(tx: Transaction, olderThanMs: number): Statement<number> {
    return purge(tx, outbox.id, sql`${outbox.doneAt} < now() - ${olderThanMs}::float8 * interval '1 ms'`);
  }
}

export const outboxRepository = new OutboxRepository();
