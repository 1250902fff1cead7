import type { Database, Session, TransactionOptions } from '../../src/db/database.ts';
import type { Statement } from '../../src/db/statement.ts';

/** The three ways to run a statement. */
export const ways = ['one-shot', 'batch', 'transaction'] as const;
export type Way = (typeof ways)[number];

/** Runs one statement in one of the three ways; a one-shot one has no options. */
export function runBy<T>(
  way: Way,
  db: Database,
  make: (session: Session) => Statement<T>,
  options?: TransactionOptions,
): Promise<T> {
  switch (way) {
    case 'one-shot':
      return make(db).then();
    case 'batch':
      return db.batch((tx) => [make(tx)], options).then(([value]) => value);
    case 'transaction':
      return db.transaction(async (tx) => make(tx), options);
  }
}
