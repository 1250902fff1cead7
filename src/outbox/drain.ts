import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { log } from '../log.ts';
import { type AttemptPolicy, attempt } from './attempt.ts';
import { type Claimed, claim } from './claim.ts';
import { mark, type Outcome } from './mark.ts';
import type { Handler } from './topic.ts';

export interface DrainOptions extends AttemptPolicy {
  /** How many rows are claimed, and handled side by side, at a time. A Worker has 6 connections. */
  readonly batch: number;
  /** How many rows this drain handles at most. */
  readonly limit: number;
  /** ms after which it claims no more. */
  readonly budgetMs: number;
  /** The trace of the request that it comes after, for its log lines. */
  readonly traceId?: string | undefined;
  /** ms that a claim holds; more than `timeoutMs`, or others take over what is still being done. */
  readonly leaseMs: number;
}

/**
 * 12 attempts within some 3.5 hours: an outage of the provider passes, and the 24 hours for which a provider knows an
 * idempotency key do not.
 */
export const defaultDrain: DrainOptions = {
  batch: 5,
  limit: Number.POSITIVE_INFINITY,
  budgetMs: 60_000,
  leaseMs: 60_000,
  timeoutMs: 15_000,
  maxAttempts: 12,
  baseMs: 10_000,
  capMs: 3_600_000,
};

/** How many attempts ended in which way. */
export type Drained = Readonly<Record<Outcome['end'], number>>;

/**
 * Handles what is due until nothing is, or the limit or the budget is used up. Any number of drains may run at once: a row
 * is claimed by one of them. n batches cost n + 1 round trips, as marking one and claiming the next is one. Throws when the
 * database fails; what was claimed then is claimed again when its lease has run out.
 */
export async function drain(
  db: Database,
  handlers: readonly Handler[],
  options: Partial<DrainOptions> = {},
): Promise<Drained> {
  const settings = { ...defaultDrain, ...options };
  const byTopic = new Map(handlers.map((handler) => [handler.topic, handler]));
  const lease = { topics: [...byTopic.keys()], token: uuidv7(), ...settings };
  const until = Date.now() + settings.budgetMs;
  const drained = { done: 0, retry: 0, dead: 0 };
  let left = settings.limit;
  let claimed = await claim(db, { ...lease, limit: Math.min(settings.batch, left) });
  while (claimed.length > 0) {
    left -= claimed.length;
    const lost = claimed.filter(({ dead }) => dead);
    const outcomes = await Promise.all(
      claimed.filter(({ dead }) => !dead).map((job) => attempt(job, handlerOf(byTopic, job), settings)),
    );
    report(claimed, outcomes, settings.traceId);
    drained.dead += lost.length;
    for (const { end } of outcomes) drained[end]++;
    const limit = Math.min(settings.batch, left);
    const marked = lease.token;
    if (limit <= 0 || Date.now() >= until) {
      await mark(db, marked, outcomes);
      break;
    }
    [, claimed] = await db.batch((tx) => [mark(tx, marked, outcomes), claim(tx, { ...lease, limit })]);
  }
  return drained;
}

function handlerOf(handlers: ReadonlyMap<string, Handler>, { topic }: Claimed): Handler {
  const handler = handlers.get(topic);
  if (!handler) throw new AppError('internal', 'A row of another topic was claimed');
  return handler;
}

/** A line for each attempt that failed: what and why, never for whom. */
function report(claimed: readonly Claimed[], outcomes: readonly Outcome[], traceId: string | undefined): void {
  const lost = claimed.filter(({ dead }) => dead);
  const failures = [
    ...lost.map(({ id }) => ({ id, end: 'dead' as const, reason: 'lost' })),
    ...outcomes.filter((outcome) => outcome.end !== 'done'),
  ];
  for (const { id, end, reason } of failures) {
    const job = claimed.find((row) => row.id === id);
    const of = { id, topic: job?.topic, attempt: job?.attempts };
    log(end === 'dead' ? 'error' : 'warn', `outbox_${end}`, { ...of, reason, traceId });
  }
}
