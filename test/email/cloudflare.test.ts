import { expect, it } from 'vitest';
import { cloudflareSender } from '../../src/email/cloudflare.ts';
import { parseEnv, type SendEmailBinding } from '../../src/env.ts';

const mail = { to: 'ada@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };
const delivery = { idempotencyKey: crypto.randomUUID(), signal: new AbortController().signal };

it('sends by the binding of a Worker', async () => {
  const workerd: string = 'cloudflare:workers'; // known to workerd alone
  const { env } = (await import(workerd)) as { env: Record<string, unknown> };
  const { SEND_EMAIL: binding } = parseEnv({
    ...env,
    DATABASE_URL: 'postgres://kura:kura@host/kura',
    EMAIL_PROVIDER: 'cloudflare',
    MAIL_FROM: 'Kura <noreply@kura.example>',
    PUBLIC_URL: 'https://kura.example',
  });
  if (!binding) throw new Error('There is no binding');
  await cloudflareSender(binding, 'Kura <noreply@kura.example>')(mail, delivery);
});

it('hands over the whole mail, with the idempotency key', async () => {
  const sent: unknown[] = [];
  const binding: SendEmailBinding = { send: async (message) => sent.push(message) };
  await cloudflareSender(binding, 'Kura <noreply@kura.example>')(mail, delivery);
  await cloudflareSender(binding, 'noreply@kura.example')(mail, delivery);
  const headers = { 'X-Idempotency-Key': delivery.idempotencyKey };
  expect(sent).toEqual([
    { ...mail, from: { name: 'Kura', email: 'noreply@kura.example' }, headers },
    { ...mail, from: 'noreply@kura.example', headers },
  ]);
});

it.each([
  ['E_RECIPIENT_SUPPRESSED', 'delivery_refused', 'Cloudflare refused the mail: E_RECIPIENT_SUPPRESSED'],
  ['E_HEADER_NOT_ALLOWED', 'delivery_refused', 'Cloudflare refused the mail: E_HEADER_NOT_ALLOWED'],
  ['E_RATE_LIMIT_EXCEEDED', 'delivery_failed', 'Cloudflare refused the mail: E_RATE_LIMIT_EXCEEDED'],
  ['E_SENDER_NOT_VERIFIED', 'delivery_failed', 'Cloudflare refused the mail: E_SENDER_NOT_VERIFIED'],
  ['s3cret@example.com', 'delivery_failed', 'Cloudflare refused the mail'],
])('tells what will not mend from what may: %s', async (code, expected, message) => {
  const failure = Object.assign(new Error('no mail for s3cret@example.com'), { code });
  const send = cloudflareSender({ send: () => Promise.reject(failure) }, 'noreply@kura.example');
  await expect(send(mail, delivery)).rejects.toMatchObject({ code: expected, message });
});
