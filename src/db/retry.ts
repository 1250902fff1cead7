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
 * Waits before retry number `n` (from 0), and says whether to go on: not when the policy or the deadline (a timestamp in ms)
 * ends it. Full jitter: a random time up to the doubled base (Brooker, "Exponential Backoff And Jitter", 2015).
 */
export async function backOff({ retries, baseMs, capMs }: RetryPolicy, n: number, deadline: number): Promise<boolean> {
  const wait = Math.random() * Math.min(capMs, baseMs * 2 ** n);
  if (n >= retries || Date.now() + wait >= deadline) return false;
  await new Promise((resolve) => setTimeout(resolve, wait));
  return true;
}

/** Runs `attempt` until it succeeds, fails with what `again` refuses, or there is no time or retry left. */
export async function withRetry<T>(
  policy: RetryPolicy,
  deadline: number,
  again: (error: unknown) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!again(error) || !(await backOff(policy, n, deadline))) throw error;
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
