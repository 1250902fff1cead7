import * as z from 'zod/mini';
import { AppError } from '../errors.ts';
import { text } from '../http/validation.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { MAX_PASSWORD_BYTES, passwordBytes } from './password.ts';

/** A new password, by the rules that are the same everywhere; `assertSuits` has those that are not. No rule is about its characters. */
export const newPassword = text().check(
  z.minLength(8, 'must have at least 8 characters'),
  z.refine(
    (value) => passwordBytes(value) <= MAX_PASSWORD_BYTES,
    `must be at most ${MAX_PASSWORD_BYTES} bytes in UTF-8`,
  ),
  z.refine((value) => !isCommon(value), 'is one of the most common passwords'),
);

/** Whose password it is to be. */
export interface Owner {
  readonly username: string;
  readonly email: string;
}

/** Shorter ones are in too many words to be held against a password. */
const MIN_LOCAL_PART = 4;

/**
 * Throws `invalid_input`, at `field` of the body, for a password that is shorter than is configured, or that whoever knows its owner
 * would try: one with the username in it, or with what stands before the @ of the address.
 */
export function assertSuits(password: string, minLength: number, { username, email }: Owner, field: string): void {
  const folded = fold(password);
  const localPart = fold(email.slice(0, email.lastIndexOf('@')));
  const wrong = [
    [...password].length < minLength && `must have at least ${minLength} characters`,
    folded.includes(fold(username)) && 'must not contain the username',
    localPart.length >= MIN_LOCAL_PART && folded.includes(localPart) && 'must not contain the e-mail address',
  ].filter((message) => message !== false);
  if (wrong.length === 0) return;
  const fields = wrong.map((message) => ({ path: `body.${field}`, message }));
  throw new AppError('invalid_input', 'The password is not a good one', { fields });
}

const fold = (value: string): string => value.normalize('NFKC').toLowerCase();

let common: ReadonlySet<string> | undefined;

function isCommon(password: string): boolean {
  common ??= new Set(unfolded(COMMON_PASSWORDS));
  return common.has(password.toLowerCase());
}

/** The words of a front-coded list: each begins with as much of the one before as a capital letter says, A for nothing. */
function unfolded(list: string): string[] {
  let word = '';
  return Array.from(list.matchAll(/([A-Z])([^A-Z]*)/g), ([, shared = 'A', rest = '']) => {
    word = word.slice(0, shared.charCodeAt(0) - 65) + rest;
    return word;
  });
}
