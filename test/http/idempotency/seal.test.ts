import { expect, it } from 'vitest';
import { seal, unseal } from '../../../src/http/idempotency/seal.ts';
import { SECRET_KEY } from '../../support/names.ts';

const bytes = (byte: number) => new Uint8Array(32).fill(byte);
const request = { key: 'the key', anonymous: true, keyHash: bytes(1), fingerprint: bytes(2) };
const plain = new TextEncoder().encode('a token');

it('gives what was sealed to whoever has the key, sealed anew each time (ASVS 5.0 11.3.4)', async () => {
  const [one, other] = [await seal(SECRET_KEY, request, plain), await seal(SECRET_KEY, request, plain)];
  expect(one).not.toEqual(other);
  expect(await unseal(SECRET_KEY, request, one)).toEqual(plain);
});

it.each([
  ['another key', SECRET_KEY, { ...request, key: 'another' }],
  ['the place of another', SECRET_KEY, { ...request, keyHash: bytes(3) }],
  ['another secret', `${SECRET_KEY}!`, request],
])('gives nothing with %s', async (_, secret, other) => {
  const sealed = await seal(SECRET_KEY, request, plain);
  await expect(unseal(secret, other, sealed)).rejects.toThrow();
});

it('gives nothing where a bit was changed (ASVS 5.0 11.3.3)', async () => {
  const sealed = await seal(SECRET_KEY, request, plain);
  sealed[20] = (sealed[20] ?? 0) ^ 1;
  await expect(unseal(SECRET_KEY, request, sealed)).rejects.toThrow();
});
