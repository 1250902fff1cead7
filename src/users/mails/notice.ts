import * as z from 'zod/mini';
import { compose } from '../../email/compose.ts';
import type { Mail } from '../../email/sender.ts';
import type { Topic } from '../../outbox/topic.ts';

const Noticed = z.object({ email: z.string() });
type Noticed = z.infer<typeof Noticed>;

/** The password of somebody with this address is another now. */
export const passwordChanged: Topic<Noticed> = { name: 'user.password_changed', schema: Noticed };

/** Somebody's address was this, and is another now. */
export const addressChanged: Topic<Noticed> = { name: 'user.address_changed', schema: Noticed };

const NOT_YOU = 'If it was you, there is nothing to do. If not, somebody else has your password.';

export function passwordChangedEmail({ email }: Noticed): Mail {
  return compose({
    to: email,
    subject: 'Your password was changed',
    paragraphs: [
      'Hello,',
      'the password of your account was changed, and all other devices were signed out.',
      `${NOT_YOU} Then ask for a new one at once: "forgotten password" sends a link to this address.`,
    ],
    footer: 'You get this mail because your account has this address.',
  });
}

/** To the old address; it does not name the new one. */
export function addressChangedEmail({ email }: Noticed): Mail {
  return compose({
    to: email,
    subject: 'Your address was changed',
    paragraphs: [
      'Hello,',
      'your account has another e-mail address now, and sends no more mail to this one.',
      `${NOT_YOU} Then tell us at once.`,
    ],
    footer: 'You get this mail because your account had this address.',
  });
}
