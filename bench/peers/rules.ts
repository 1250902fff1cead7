/**
 * The rule of the bench's dependent transaction, in the application and not in SQL: what a charge of `amount` costs an
 * account that holds `balance`. So the update depends on what was read, and the entry on what was updated.
 */
export function priceOf(amount: number, balance: number): number {
  return balance >= 500_000 ? amount : amount + 1;
}

/** What an account may owe. */
export const LOWEST_BALANCE = -1_000_000_000;

/** How long a session lasts, in ms. */
export const SESSION_MS = 7 * 24 * 60 * 60 * 1000;

/** A random token, and the hash of it that is stored. */
export async function newToken(): Promise<{ token: string; tokenHash: string }> {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return { token: hex(bytes), tokenHash: hex(new Uint8Array(digest)) };
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
