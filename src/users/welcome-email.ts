import * as z from 'zod/mini';
import { compose } from '../email/compose.ts';
import type { Mail } from '../email/sender.ts';
import type { Topic } from '../outbox/topic.ts';
import type { User } from './table.ts';

const UserCreated = z.object({ id: z.uuid(), username: z.string(), email: z.string() });
export type UserCreated = z.infer<typeof UserCreated>;

/** Somebody has registered. */
export const userCreated: Topic<UserCreated> = { name: 'user.created', schema: UserCreated };

/** What a welcome mail needs; not the full name, by which anybody could send their own words to anybody's address. */
export const asUserCreated = ({ id, username, email }: Pick<User, keyof UserCreated>): UserCreated => ({
  id,
  username,
  email,
});

/** The mail that a new user gets. `publicUrl` is where the service is reached. */
export function welcomeEmail({ id, username, email }: UserCreated, publicUrl: string): Mail {
  return compose({
    to: email,
    subject: 'Welcome to Kura',
    paragraphs: [`Hello ${username},`, `your account is ready. Your username is ${username}.`],
    action: { label: 'See your account', url: new URL(`/v1/users/${id}`, publicUrl).href },
    footer: 'You get this mail because somebody registered with your address. If it was not you, ignore it.',
  });
}
