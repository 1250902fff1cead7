import type { Database } from '../db/database.ts';
import type { Sender } from '../email/sender.ts';
import type { Env } from '../env.ts';
import { type Handler, handler } from '../outbox/topic.ts';
import { linkEmail, linkWanted } from './mails/link.ts';
import { addressChanged, addressChangedEmail, passwordChanged, passwordChangedEmail } from './mails/notice.ts';
import { passwordForgotten } from './mails/reset.ts';
import { userCreated, welcomeEmail } from './mails/welcome.ts';
import { resetEmailFor } from './password-reset.ts';
import { tokenOf } from './tokens/token.ts';

/** What is done for each topic of accounts: a mail each, whose link gets its token only now. */
export function userJobs({ PUBLIC_URL, SECRET_KEY }: Env, db: Database, send: Sender): readonly Handler[] {
  return [
    handler(userCreated, async ({ id, payload, signal }) => {
      const token = await tokenOf(SECRET_KEY, { purpose: 'verify_email', id: payload.tokenId });
      await send(welcomeEmail(payload, PUBLIC_URL, token), { idempotencyKey: id, signal });
    }),
    handler(linkWanted, async ({ id, payload, signal }) => {
      const token = await tokenOf(SECRET_KEY, { purpose: payload.purpose, id: payload.tokenId });
      await send(linkEmail(payload, PUBLIC_URL, token), { idempotencyKey: id, signal });
    }),
    handler(passwordForgotten, async ({ id, payload, signal }) => {
      const mail = await resetEmailFor(db, id, payload.email, { PUBLIC_URL, SECRET_KEY });
      if (mail) await send(mail, { idempotencyKey: id, signal });
    }),
    handler(passwordChanged, ({ id, payload, signal }) =>
      send(passwordChangedEmail(payload), { idempotencyKey: id, signal }),
    ),
    handler(addressChanged, ({ id, payload, signal }) =>
      send(addressChangedEmail(payload), { idempotencyKey: id, signal }),
    ),
  ];
}
