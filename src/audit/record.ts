import type { Transaction } from '../db/database.ts';
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
