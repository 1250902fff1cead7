import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../../src/users/password.ts';

/** Made by the native bcrypt of Node (`@node-rs/bcrypt` 2, cost 4) from "correct horse". */
const NATIVE = '$2b$04$li40JkQLMJl.vjiCrnAB5eXZhUaje48lt5Doz2HoqfC3bYy5PlJEi';

describe('in workerd', () => {
  it('verifies its own hash, and no other password', async () => {
    const hashed = await hashPassword('correct horse', 4);
    expect(hashed).toMatch(/^\$2b\$04\$.{53}$/);
    expect(await verifyPassword('correct horse', hashed)).toBe(true);
    expect(await verifyPassword('correct horsf', hashed)).toBe(false);
  });

  it('verifies a hash made on Node', async () => {
    expect(await verifyPassword('correct horse', NATIVE)).toBe(true);
  });

  it('refuses what bcrypt would cut', () => {
    expect(() => hashPassword('é'.repeat(37), 4)).toThrow('The password is too long');
  });
});
