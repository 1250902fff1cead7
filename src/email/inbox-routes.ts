import { Hono } from 'hono';
import * as z from 'zod/mini';
import { AppError } from '../errors.ts';
import type { AppEnv } from '../http/context.ts';
import { valid } from '../http/validation.ts';
import { findInInbox, listInbox } from './inbox.ts';
import { inboxPage } from './inbox-page.ts';

const Shown = z.object({ id: z.optional(z.uuid()), view: z._default(z.enum(['html', 'text']), 'html') });

/** What a mail or the page itself may load: pictures, and no script, form or frame of anybody. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src https: data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The inbox of development: `GET /_dev/mail`. Anywhere else there is nothing at this path. */
export const inboxRoutes = () =>
  new Hono<AppEnv>()
    .use('/mail', async function onlyHere(c, next) {
      if (c.get('env').ENVIRONMENT !== 'development' || !isThisMachine(c.req.url)) {
        throw new AppError('not_found', 'There is nothing at this path');
      }
      await next();
    })
    .get('/mail', valid('query', Shown), async (c) => {
      const { id, view } = c.req.valid('query');
      const mails = await listInbox(c.get('db'));
      const shown = id ?? mails[0]?.id;
      const mail = shown === undefined ? undefined : await findInInbox(c.get('db'), shown);
      return c.html(inboxPage(mails, mail, view), 200, {
        'Content-Security-Policy': POLICY,
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'X-Content-Type-Options': 'nosniff',
      });
    });

/** A service that is deployed without its ENVIRONMENT takes itself for development; its address still tells. */
function isThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
