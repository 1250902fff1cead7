/** Every rule: why it matters, and the safe form. */
export const RULES = {
  'syntax-error': ['Postgres’s parser refuses it', 'mend the statement'],
  'not-null-without-default': [
    'fails on a table with rows, and the running version’s inserts fail for lack of a value',
    'add it with a DEFAULT, or nullable, fill it in batches, then make it NOT NULL',
  ],
  'table-rewrite': [
    'writes the whole table anew under a lock that stops reads and writes',
    'add a new column, copy in batches, switch over, drop the old one later',
  ],
  'set-not-null': [
    'scans the whole table under a lock that stops reads and writes',
    'ADD CONSTRAINT … CHECK (c IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT in another migration, then SET NOT NULL',
  ],
  'index-not-concurrently': [
    'stops writes to the table until the index is built',
    'CREATE INDEX CONCURRENTLY in a migration of its own with -- kura: no-transaction',
  ],
  'drop-index-not-concurrently': [
    'waits for, and holds up, every query on the table',
    'DROP INDEX CONCURRENTLY in a migration of its own with -- kura: no-transaction',
  ],
  'constraint-not-valid': [
    'checks every row under a lock that stops writes',
    'ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in another migration',
  ],
  'unique-without-index': [
    'builds its index under a lock that stops reads and writes',
    'CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX',
  ],
  rename: [
    'the running version still uses the old name',
    'add the new one beside it, write both, switch over, drop the old one in a later deploy',
  ],
  drop: [
    'the running version may still use it, and its data is lost',
    'deploy code that no longer uses it first; then drop it, and allow it here',
  ],
  'concurrently-in-transaction': [
    'Postgres refuses it in a transaction',
    'put -- kura: no-transaction at the head of the file',
  ],
  'unnamed-index': ['a failed build cannot be found again by name, nor cleaned up', 'give the index a name'],
  'lock-timeout': [
    'waits for ever for a table’s lock, and every query queues behind it',
    'leave lock_timeout to the runner (--lock-timeout), or set more than 0',
  ],
  'transaction-control': [
    'ends the transaction that keeps migration and ledger together',
    'take BEGIN, COMMIT and ROLLBACK out',
  ],
  'exclusive-lock': ['stops reads and writes of the whole table', 'do it outside of a deploy, or in batches'],
  'enum-value-used': [
    'a new enum value cannot be used in the transaction that adds it',
    'use it in the next migration',
  ],
} as const satisfies Record<string, readonly [why: string, safe: string]>;

export type Rule = keyof typeof RULES;

export interface Violation {
  readonly rule: Rule;
  /** What it hits, such as a table. */
  readonly subject: string;
}
