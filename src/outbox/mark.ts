import { sql } from 'drizzle-orm';
import type { Session } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { outbox } from './table.ts';

/** What became of one attempt. */
export type Outcome =
  | { readonly id: string; readonly end: 'done' }
  | { readonly id: string; readonly end: 'retry'; readonly reason: string; readonly delayMs: number }
  | { readonly id: string; readonly end: 'dead'; readonly reason: string };

/**
 * Saves what became of the attempts and ends their leases, in one statement; gives the ids of the rows it changed. A row
 * whose lease ran out and was claimed by somebody else is theirs, and is left alone.
 */
export function mark(session: Session, token: string, outcomes: readonly Outcome[]): Statement<string[]> {
  const list = sql`json_to_recordset(${JSON.stringify(outcomes)}::json)
    as "outcome" ("id" uuid, "end" text, "reason" text, "delayMs" float8)`;
  return session
    .statement((q) =>
      q
        .update(outbox)
        .set({
          doneAt: sql`case when "outcome"."end" = 'done' then now() end`,
          deadAt: sql`case when "outcome"."end" = 'dead' then now() end`,
          availableAt: sql`now() + coalesce("outcome"."delayMs", 0) * interval '1 ms'`,
          lastError: sql`"outcome"."reason"`,
          claimedBy: null,
          claimedUntil: null,
        })
        .from(list)
        .where(sql`${outbox.id} = "outcome"."id" and ${outbox.claimedBy} = ${token}::uuid`)
        .returning({ id: outbox.id }),
    )
    .map((rows) => rows.map(({ id }) => id));
}
