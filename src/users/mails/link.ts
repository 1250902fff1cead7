import * as z from 'zod/mini';
import { compose } from '../../email/compose.ts';
import type { Mail } from '../../email/sender.ts';
import { AppError } from '../../errors.ts';
import type { Topic } from '../../outbox/topic.ts';
import type { MailPurpose } from '../tokens/table.ts';

/** The page that does what a link is for. */
const PAGES: Readonly<Record<MailPurpose, string>> = {
  verify_email: '/account/verify',
  change_email: '/account/verify',
  reset_password: '/account/reset',
};

/** Where a mailed link leads. The token is its fragment, which no browser sends to a server, so no log has it. */
export const linkTo = (publicUrl: string, purpose: MailPurpose, token: string): string =>
  new URL(`${PAGES[purpose]}#${token}`, publicUrl).href;

const LinkWanted = z.object({
  tokenId: z.uuid(),
  purpose: z.enum(['verify_email', 'change_email']),
  email: z.string(),
  expiresAt: z.iso.datetime(),
});
export type LinkWanted = z.infer<typeof LinkWanted>;

/** Somebody says that this address is theirs. */
export const linkWanted: Topic<LinkWanted> = { name: 'user.link_wanted', schema: LinkWanted };

/** The mail by which they show it. Throws `delivery_refused` if the link has expired while the mail waited. */
export function linkEmail(wanted: LinkWanted, publicUrl: string, token: string): Mail {
  const { purpose, email, expiresAt } = wanted;
  if (Date.parse(expiresAt) <= Date.now()) throw new AppError('delivery_refused', 'The link has expired');
  const url = linkTo(publicUrl, purpose, token);
  if (purpose === 'verify_email') {
    return compose({
      to: email,
      subject: 'Confirm your address',
      paragraphs: ['Hello,', 'please confirm that this address is yours. The link is good for 24 hours.'],
      action: { label: 'Confirm your address', url },
      footer: 'You get this mail because somebody with your address asked for it. If it was not you, ignore it.',
    });
  }
  return compose({
    to: email,
    subject: 'Confirm your new address',
    paragraphs: [
      'Hello,',
      'this is to be the new address of your account. Please confirm that it is yours. The link is good for one hour.',
    ],
    action: { label: 'Use this address', url },
    footer: 'You get this mail because somebody gave your address as their own. If it was not you, ignore it.',
  });
}
