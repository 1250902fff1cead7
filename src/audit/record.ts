import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { purge } from '../db/purge.ts';
import { repository } from '../db/repository.ts';
import type { Statement } from '../db/statement.ts';
import type { Origin } from '../http/origin.ts';
import { auditEvents } from './table.ts';

/** What is worth to be known of an account later. */
export type SecurityEvent =
  | 'user.created'
  | 'user.changed'
  | 'user.deleted'
  | 'user.restored'
  | 'user.purged'
  | 'user.email_claimed'
  | 'user.email_verified'
  | 'user.email_changed'
  | 'user.password_changed'
  | 'user.password_forgotten'
  | 'user.password_reset'
  | 'session.created'
  | 'session.refused'
  | 'session.ended';

export interface Recorded {
  readonly event: SecurityEvent;
  /** The account it is about. */
  readonly userId?: string | undefined;
  /** Who did it. */
  readonly actorId?: string | undefined;
  /** More about it; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export const auditRepository = repository(auditEvents, { name: 'audit event' });

/** Saves what happened, with what it did: one statement of the same transaction. */
export function record(tx: Transaction, origin: Origin, { details = {}, ...event }: Recorded): Statement<unknown> {
  const { requestId, address } = origin;
  return auditRepository.create(tx, { ...event, details, requestId, address });
}

/** For how long an event is kept: a year, and some weeks in which to look back at all of it. */
const KEPT_FOR = sql`interval '400 days'`;

/** Removes events that are older than 400 days, at most 5,000 at a time; gives their number. Found by the time in a UUIDv7. */
export const purgeAudit = (tx: Transaction): Statement<number> => {
  const { id, createdAt } = auditEvents;
  const first = sql`rpad(lpad(to_hex((extract(epoch from now() - ${KEPT_FOR}) * 1000)::bigint), 12, '0'), 32, '0')::uuid`;
  return purge(tx, id, sql`${id} < ${first} and ${createdAt} < now() - ${KEPT_FOR}`);
};
