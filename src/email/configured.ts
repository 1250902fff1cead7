import type { Database } from '../db/database.ts';
import type { Env } from '../env.ts';
import { AppError } from '../errors.ts';
import { cloudflareSender } from './cloudflare.ts';
import { inboxSender } from './inbox.ts';
import { resendSender } from './resend.ts';
import type { Sender } from './sender.ts';

/** The sender that the configuration names. Throws `configuration` if it names none. */
export function configuredSender(env: Env, db: Database): Sender {
  assertSender(env);
  const { MAIL_FROM: from = '', RESEND_API_KEY: apiKey = '', RESEND_URL: url, SEND_EMAIL: binding } = env;
  if (env.EMAIL_PROVIDER === 'resend') return resendSender({ url, apiKey, from });
  if (env.EMAIL_PROVIDER === 'cloudflare' && binding) return cloudflareSender(binding, from);
  if (typeof KURA_DEPLOYED === 'undefined') return inboxSender(db, from || 'Kura <kura@localhost>');
  throw new AppError('configuration', 'EMAIL_PROVIDER is missing: what is deployed has no inbox');
}

/** Throws `configuration` if there is nothing to send mail with. Development needs nothing: it has its inbox. */
export function assertSender(env: Env): void {
  if (env.EMAIL_PROVIDER === undefined && env.ENVIRONMENT !== 'development') {
    throw new AppError('configuration', 'EMAIL_PROVIDER is missing: mails wait in the outbox until it is set');
  }
}
