import type * as z from 'zod/mini';
import { AppError } from '../errors.ts';

/** A kind of work: its name in the table, and what its payload is. */
export interface Topic<Payload> {
  readonly name: string;
  readonly schema: z.ZodMiniType<Payload>;
}

/** One row, as its handler gets it. */
export interface Job<Payload> {
  /** The row's id, the same at every attempt: the idempotency key for whoever does the work. */
  readonly id: string;
  readonly payload: Payload;
  /** From 1. */
  readonly attempt: number;
  /** Aborts when the handler has had its time; what it does afterwards no longer counts. */
  readonly signal: AbortSignal;
}

/** What does the work of one topic. It may run more than once for a row: at least once is what an outbox can promise. */
export interface Handler {
  readonly topic: string;
  run(job: Job<unknown>): Promise<void>;
}

/**
 * The handler of a topic. What it throws fails the attempt, and the row is tried again; `delivery_refused` and `misuse`
 * make it a dead letter at once.
 */
export function handler<Payload>(topic: Topic<Payload>, run: (job: Job<Payload>) => Promise<void>): Handler {
  return {
    topic: topic.name,
    async run(job) {
      const { success, data, error } = topic.schema.safeParse(job.payload);
      if (success) return run({ ...job, payload: data });
      const paths = error.issues.map(({ path }) => path.join('.') || 'itself').join(', ');
      throw new AppError('misuse', `The payload does not fit the topic: ${paths}`);
    },
  };
}
