import * as z from 'zod/mini';
import { listQuery } from '../db/query-string.ts';
import { pageFields } from '../http/paging.ts';
import { outbox } from '../outbox/table.ts';

const state = z.enum(['pending', 'done', 'dead']);

/** A row of the outbox as superusers see it. Its payload is left out: that is other people's data. */
export const OutboxRowView = z.object({
  id: z.uuid(),
  topic: z.string(),
  state,
  orderingKey: z.nullable(z.string()),
  attempts: z.int(),
  lastError: z.nullable(z.string()),
  createdAt: z.iso.datetime(),
  availableAt: z.iso.datetime(),
  claimedUntil: z.nullable(z.iso.datetime()),
  doneAt: z.nullable(z.iso.datetime()),
  deadAt: z.nullable(z.iso.datetime()),
});
export type OutboxRowView = z.infer<typeof OutboxRowView>;

export const OutboxQuery = listQuery(
  outbox,
  { filter: { topic: ['eq'], orderingKey: ['eq'] } },
  { ...pageFields(), state: z.optional(state).check(z.describe('Whether it is still to be done, done, or given up')) },
);
export type OutboxQuery = z.infer<typeof OutboxQuery>;

export const OutboxId = z.object({ id: z.uuid() });
