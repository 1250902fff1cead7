import { toBase64Url } from '../db/bytes.ts';

/** 256 random bits; OWASP ASVS 5.0 (7.2.3) asks for 128. */
const TOKEN_BYTES = 32;

/** By which scanners of leaked secrets know a token. */
const PREFIX = 'kura_';

/** A new opaque token: letters, digits, `-` and `_`. */
export const newToken = (): string => PREFIX + toBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));

/** SHA-256 of the token: all that is stored. A fast hash will do, as nobody guesses 256 random bits. */
export async function hashToken(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
}
