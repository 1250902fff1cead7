import * as z from 'zod/mini';
import { compose } from '../../email/compose.ts';
import type { Mail } from '../../email/sender.ts';
import type { Topic } from '../../outbox/topic.ts';
import { linkTo } from './link.ts';

const UserCreated = z.object({ id: z.uuid(), email: z.string(), tokenId: z.uuid() });
export type UserCreated = z.infer<typeof UserCreated>;

/**
 * Somebody has an account now. What their welcome mail needs; no name, by which anybody could send their own words, or a link, to
 * anybody's address. Neither does any other mail hold one.
 */
export const userCreated: Topic<UserCreated> = { name: 'user.created', schema: UserCreated };

/** The mail that a new user gets, by which they show that the address is theirs. */
export function welcomeEmail({ email }: UserCreated, publicUrl: string, token: string): Mail {
  return compose({
    to: email,
    subject: 'Welcome to Kura',
    paragraphs: [
      'Hello,',
      'your account is ready.',
      'Please confirm that this address is yours. The link is good for 24 hours; later, ask for another one.',
    ],
    action: { label: 'Confirm your address', url: linkTo(publicUrl, 'verify_email', token) },
    footer: 'You get this mail because somebody registered with your address. If it was not you, ignore it.',
  });
}
