import { AppError } from '../../errors.ts';

export const HEADER = 'Idempotency-Key';

/** A String of Structured Fields (RFC 9651, 3.3.3), as the IETF draft has it, of visible ASCII alone. */
const QUOTED = /^"((?:[!#-[\]-~]|\\["\\])+)"$/;

/** What most clients send: the key as it is. */
const BARE = /^[!#-~][!-~]*$/;

const MAX_LENGTH = 255;

/** The key that a header's value holds. Throws `invalid_input`. */
export function parseKey(header: string): string {
  const quoted = QUOTED.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
  const key = quoted ?? (BARE.test(header) ? header : '');
  if (key !== '' && key.length <= MAX_LENGTH) return key;
  const message = `must be 1 to ${MAX_LENGTH} visible ASCII characters, in double quotes or without`;
  throw new AppError('invalid_input', 'The input is not valid', { fields: [{ path: `header.${HEADER}`, message }] });
}
