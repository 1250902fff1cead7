import { compare, hash } from '#bcrypt';
import { AppError } from '../errors.ts';

/** bcrypt reads 72 bytes and silently drops the rest (its key is 18 32-bit words), so more is refused. */
export const MAX_PASSWORD_BYTES = 72;

/** The length bcrypt sees: of the UTF-8 text, not its characters. */
export const passwordBytes = (password: string): number => new TextEncoder().encode(password).length;

/** A bcrypt hash, `$2b$cost$…`, 60 characters. Takes tens of ms: never call it inside a transaction. */
export function hashPassword(password: string, cost: number): Promise<string> {
  const bytes = passwordBytes(password);
  if (bytes > MAX_PASSWORD_BYTES) {
    const message = `must be at most ${MAX_PASSWORD_BYTES} bytes long, not ${bytes}`;
    throw new AppError('invalid_input', 'The password is too long', { fields: [{ path: 'body.password', message }] });
  }
  return hash(password, cost);
}

/** Whether `password` is the one that was hashed. bcrypt does not see what is beyond its limit; no stored one is longer. */
export async function verifyPassword(password: string, hashed: string): Promise<boolean> {
  return (await compare(password, hashed)) && passwordBytes(password) <= MAX_PASSWORD_BYTES;
}

/** The cost that a hash was made with. */
export const costOf = (hashed: string): number => Number(hashed.slice(4, 6));

/** A hash that no password has, but whose verification costs the same: an all-zero salt and digest, in bcrypt's base64. */
export const nobodysHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(22 + 31)}`;
