import { concat, utf8 } from '../../db/bytes.ts';
import type { KeyedRequest } from './request.ts';

/** NIST SP 800-38D, 8.2: random, of 96 bits. */
const IV_BYTES = 12;

/**
 * Encrypts an answer, which may hold a token: AES-256-GCM under a key made of the secret and the `Idempotency-Key`, which
 * is stored nowhere. Whoever has the database, even with the secret, cannot read it.
 */
export async function seal(secret: string, request: KeyedRequest, plain: Uint8Array<ArrayBuffer>) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const key = await keyOf(secret, request);
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(cipher(iv, request), key, plain)));
}

/** What `seal` has encrypted for the same request. Rejects if it was altered. */
export async function unseal(secret: string, request: KeyedRequest, sealed: Uint8Array) {
  const bytes = new Uint8Array(sealed);
  const key = await keyOf(secret, request);
  const options = cipher(bytes.subarray(0, IV_BYTES), request);
  return new Uint8Array(await crypto.subtle.decrypt(options, key, bytes.subarray(IV_BYTES)));
}

const cipher = (iv: Uint8Array<ArrayBuffer>, { keyHash }: KeyedRequest) => ({
  name: 'AES-GCM',
  iv,
  additionalData: keyHash,
});

async function keyOf(secret: string, { key, keyHash }: KeyedRequest) {
  const material = await crypto.subtle.importKey('raw', utf8(secret), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: keyHash, info: utf8(`idempotency ${key}`) };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
