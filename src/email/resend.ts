import { AppError } from '../errors.ts';
import type { Sender } from './sender.ts';

export interface ResendConfig {
  readonly url: string;
  readonly apiKey: string;
  readonly from: string;
  /** ms until the provider must have answered; default 10,000. */
  readonly timeoutMs?: number;
}

/**
 * Sends by Resend's HTTP API, or one that is compatible (https://resend.com/docs/api-reference/emails/send-email). It
 * keeps an idempotency key for 24 hours.
 */
export function resendSender({ url, apiKey, from, timeoutMs = 10_000 }: ResendConfig): Sender {
  const endpoint = `${url.replace(/\/+$/, '')}/emails`;
  return async function resend({ to, subject, text, html }, { idempotencyKey, signal }) {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${apiKey}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': idempotencyKey,
      },
      body: JSON.stringify({ from, to: [to], subject, text, html }),
      redirect: 'manual', // the key goes to the configured host alone
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    }).catch((cause: unknown) => {
      const message = isTimeout(cause)
        ? 'The mail provider did not answer in time'
        : 'The mail provider is out of reach';
      throw new AppError('delivery_failed', message, { cause });
    });
    if (response.ok) {
      await response.body?.cancel();
      return;
    }
    throw refusal(response, await nameOf(response));
  };
}

/** Statuses that say nothing against the mail: a wrong API key can be set right, a limit passes. */
const RETRIABLE = new Set([401, 403, 408, 425, 429]);

function refusal({ status, headers }: Response, name: string): AppError {
  // 409 is either of two: the same key is just being served, or it was used for another mail.
  const retriable = status >= 500 || status < 400 || RETRIABLE.has(status) || name === 'concurrent_idempotent_requests';
  const message = `The mail provider answered ${status}${name && ` ${name}`}`;
  if (!retriable) return new AppError('delivery_refused', message);
  const seconds = Number(headers.get('Retry-After') ?? Number.NaN);
  return new AppError('delivery_failed', message, { retryAfterMs: seconds > 0 ? seconds * 1000 : undefined });
}

/** The error's name, as `validation_error`. Its message may repeat an address, and is left out. */
async function nameOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined;
  return typeof name === 'string' && /^[a-z_]{1,50}$/.test(name) ? name : '';
}

const isTimeout = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError');
