import { AppError, type ErrorCode, isAppError } from '../errors.ts';

export interface RetryPolicy {
  /** How often to try again after the first attempt. */
  readonly retries: number;
  /** The longest wait before the first retry, in ms; it doubles with each one. */
  readonly baseMs: number;
  /** The longest wait before any retry, in ms. */
  readonly capMs: number;
}

export const defaultRetry: RetryPolicy = { retries: 4, baseMs: 25, capMs: 1000 };

/** The statement did not run, or was rolled back: running it again is safe, whatever it does. */
const NOT_EXECUTED: readonly ErrorCode[] = ['unavailable', 'too_many_connections', 'serialization_failure', 'deadlock'];

/** No answer came: the statement may have run. */
const IN_DOUBT: readonly ErrorCode[] = ['connection_lost', 'deadline_exceeded'];

export const notExecuted = (error: unknown): boolean => isAppError(error, ...NOT_EXECUTED);
export const inDoubt = (error: unknown): boolean => isAppError(error, ...IN_DOUBT);

/**
 * Runs `attempt` until it succeeds, fails with what `again` refuses, or the policy or the deadline (a timestamp in ms) ends it.
 * Waits with full jitter: a random time up to the doubled base (Brooker, "Exponential Backoff And Jitter", 2015).
 */
export async function withRetry<T>(
  policy: RetryPolicy,
  deadline: number,
  again: (error: unknown) => boolean,
  attempt: (n: number) => Promise<T>,
): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      const wait = Math.random() * Math.min(policy.capMs, policy.baseMs * 2 ** n);
      if (n >= policy.retries || !again(error) || Date.now() + wait >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** A write whose answer was lost is not tried again: nobody knows whether it was saved. */
export function asCommitUnknown(error: unknown): unknown {
  return inDoubt(error)
    ? new AppError('commit_unknown', 'The connection broke before the answer came: the write may or may not be saved', {
        cause: error,
      })
    : error;
}
