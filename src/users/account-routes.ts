import { Hono } from 'hono';
import { toBase64Url } from '../db/bytes.ts';
import type { AppContext, AppEnv } from '../http/context.ts';
import { accountPage, RESET, VERIFY } from './account-page.ts';

/** The pages that mailed links lead to. They change nothing by themselves, and are no part of the API. */
export const accountRoutes = new Hono<AppEnv>()
  .get('/verify', (c) => page(c, VERIFY))
  .get('/reset', (c) => page(c, RESET));

function page(c: AppContext, task: Parameters<typeof accountPage>[0]): Response {
  const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return c.body(accountPage(task, nonce), 200, {
    'Content-Type': 'text/html; charset=UTF-8',
    'Content-Security-Policy': policy.join('; '),
  });
}
