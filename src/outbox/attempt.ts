import { AppError, type ErrorCode, isAppError } from '../errors.ts';
import type { Claimed } from './claim.ts';
import type { Outcome } from './mark.ts';
import type { Handler } from './topic.ts';

export interface AttemptPolicy {
  readonly maxAttempts: number;
  /** ms that a handler has. */
  readonly timeoutMs: number;
  /** The longest wait after the first attempt, in ms; it doubles with each one. */
  readonly baseMs: number;
  /** The longest wait after any attempt, in ms. */
  readonly capMs: number;
}

/** What will not mend: these make a dead letter at once. */
const PERMANENT: readonly ErrorCode[] = ['delivery_refused', 'misuse'];

/** Runs the handler of a claimed row, and says what became of it. Never throws. */
export async function attempt(job: Claimed, handler: Handler, policy: AttemptPolicy): Promise<Outcome> {
  const { id, payload, attempts } = job;
  const signal = AbortSignal.timeout(policy.timeoutMs);
  try {
    await Promise.race([handler.run({ id, payload, attempt: attempts, signal }), aborted(signal)]);
    return { id, end: 'done' };
  } catch (error) {
    const reason = reasonOf(error);
    if (isAppError(error, ...PERMANENT) || attempts >= policy.maxAttempts) return { id, end: 'dead', reason };
    const atLeast = (error instanceof AppError && error.retryAfterMs) || 0;
    return { id, end: 'retry', reason, delayMs: Math.max(atLeast, backOffMs(attempts, policy)) };
  }
}

/**
 * ms to wait after attempt number `n` (from 1): full jitter, a random time up to the doubled base (Brooker,
 * "Exponential Backoff And Jitter", 2015).
 */
export function backOffMs(
  n: number,
  { baseMs, capMs }: Pick<AttemptPolicy, 'baseMs' | 'capMs'>,
  random: () => number = Math.random,
): number {
  return random() * Math.min(capMs, baseMs * 2 ** (n - 1));
}

/** An AppError's message is safe to keep; anybody else's may hold an address or a key, so only its name is. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return `${error.code}: ${error.message}`.slice(0, 500);
  return `internal: ${error instanceof Error ? error.name : typeof error}`;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new AppError('deadline_exceeded', 'The handler took too long')));
  });
}
