import * as z from 'zod/mini';
import { compose } from '../../email/compose.ts';
import type { Mail } from '../../email/sender.ts';
import type { Topic } from '../../outbox/topic.ts';
import { linkTo } from './link.ts';

const PasswordForgotten = z.object({ email: z.string() });

/** Somebody has forgotten the password of the account with this address, if there is one. */
export const passwordForgotten: Topic<z.infer<typeof PasswordForgotten>> = {
  name: 'user.password_forgotten',
  schema: PasswordForgotten,
};

/** The mail by which they choose another. */
export function resetEmail(to: string, publicUrl: string, token: string): Mail {
  return compose({
    to,
    subject: 'Choose a new password',
    paragraphs: [
      'Hello,',
      'here you choose a new password. The link is good for 10 minutes, and once. It signs you out everywhere.',
    ],
    action: { label: 'Choose a new password', url: linkTo(publicUrl, 'reset_password', token) },
    footer:
      'You get this mail because somebody asked for a new password. If it was not you, ignore it: nothing changes.',
  });
}
