import type { SendEmailBinding } from '../env.ts';
import { AppError } from '../errors.ts';
import type { Sender } from './sender.ts';

/** What Cloudflare will refuse again (Email Service, Workers API: error codes). */
const PERMANENT = new Set([
  'E_VALIDATION_ERROR',
  'E_FIELD_MISSING',
  'E_TOO_MANY_RECIPIENTS',
  'E_RECIPIENT_NOT_ALLOWED',
  'E_RECIPIENT_SUPPRESSED',
  'E_CONTENT_TOO_LARGE',
]);

/**
 * Sends by a Worker's `send_email` binding. It knows no idempotency key: a mail whose answer is lost may come twice, both
 * times with the same `X-Idempotency-Key`.
 */
export function cloudflareSender(binding: SendEmailBinding, mailFrom: string): Sender {
  const from = addressOf(mailFrom);
  return async function cloudflare({ to, subject, text, html }, { idempotencyKey }) {
    const headers = { 'X-Idempotency-Key': idempotencyKey };
    try {
      await binding.send({ from, to, subject, text, html, headers });
    } catch (cause) {
      const code = codeOf(cause);
      const permanent = PERMANENT.has(code) || code.startsWith('E_HEADER');
      const message = `Cloudflare refused the mail${code && `: ${code}`}`;
      throw new AppError(permanent ? 'delivery_refused' : 'delivery_failed', message, { cause });
    }
  };
}

/** `Kura <noreply@example.com>` in two parts, as the binding takes it. */
function addressOf(mailbox: string): string | { readonly name: string; readonly email: string } {
  const [, name = '', email = ''] = /^(.+) <(.+)>$/.exec(mailbox) ?? [];
  return email ? { name, email } : mailbox;
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E_[A-Z_]{1,50}$/.test(code) ? code : '';
}
