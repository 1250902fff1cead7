import { toBase64Url, utf8 } from '../../db/bytes.ts';
import type { MailToken } from './table.ts';

/**
 * The token of a mailed link: HMAC-SHA-256 of what it is for and of its row's id, which nobody makes without the secret. So it comes
 * out the same whenever the mail is sent, and stands nowhere before.
 */
export async function tokenOf(secret: string, { purpose, id }: Pick<MailToken, 'purpose' | 'id'>): Promise<string> {
  const key = await crypto.subtle.importKey('raw', utf8(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(`mail-token ${purpose} ${id}`))));
}

/** SHA-256 of the token: all that is stored. A fast hash will do, as nobody guesses 256 bits. */
export async function hashToken(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token)));
}
