import type { OutboxRow } from '../outbox/table.ts';
import type { OutboxRowView } from './schemas.ts';

/** The only way a row of the outbox leaves. */
export function presentOutboxRow(row: OutboxRow): OutboxRowView {
  return {
    id: row.id,
    topic: row.topic,
    state: row.doneAt ? 'done' : row.deadAt ? 'dead' : 'pending',
    orderingKey: row.orderingKey,
    attempts: row.attempts,
    lastError: row.lastError,
    createdAt: row.createdAt.toISOString(),
    availableAt: row.availableAt.toISOString(),
    claimedUntil: row.claimedUntil?.toISOString() ?? null,
    doneAt: row.doneAt?.toISOString() ?? null,
    deadAt: row.deadAt?.toISOString() ?? null,
  };
}
