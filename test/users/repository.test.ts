import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { userRepository } from '../../src/users/repository.ts';
import { createTestDatabase } from '../support/database.ts';

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
});

let n = 0;
async function newUser(fields: object = {}) {
  n++;
  const values = { username: `Ada${n}`, email: `Ada${n}@example.com`, hashedPassword: 'x', ...fields };
  const [user] = await db.batch((tx) => [userRepository.create(tx, values)]);
  return user;
}

it('finds by email and by username, whatever their case', async () => {
  const user = await newUser();
  expect(await userRepository.findByEmail(db, user.email.toUpperCase())).toEqual(user);
  expect(await userRepository.findByUsername(db, user.username.toLowerCase())).toEqual(user);
  expect(await userRepository.findByEmail(db, '%@example.com')).toBeUndefined();
  expect(await userRepository.findByUsername(db, 'nobody')).toBeUndefined();
});

it.each(['email', 'username'] as const)('finds by %s through its index', async (field) => {
  const plan = await db.batch((tx) => [
    tx.statement((q) => q.execute('set local enable_seqscan = off')),
    tx.statement((q) =>
      q.execute(`explain select * from users where is_deleted = false and lower(${field}) = lower('x')`),
    ),
  ]);
  expect(JSON.stringify(plan)).toContain(`users_${field}_key`);
});

describe('what is taken', () => {
  it('is taken by everybody else', async () => {
    const user = await newUser();
    const email = user.email.toUpperCase();
    expect(await userRepository.isEmailTaken(db, email)).toBe(true);
    expect(await userRepository.isEmailTaken(db, email, user.id)).toBe(false);
    expect(await userRepository.isEmailTaken(db, email, crypto.randomUUID())).toBe(true);
    expect(await userRepository.isUsernameTaken(db, user.username.toUpperCase())).toBe(true);
    expect(await userRepository.isUsernameTaken(db, user.username, user.id)).toBe(false);
    expect(await userRepository.isEmailTaken(db, 'free@example.com')).toBe(false);
  });

  it('is free again after deletion', async () => {
    const user = await newUser();
    await db.batch((tx) => [userRepository.delete(tx, user.id)]);
    expect(await userRepository.isEmailTaken(db, user.email)).toBe(false);
    expect(await userRepository.findByEmail(db, user.email)).toBeUndefined();
  });
});

it('lists active users, oldest first', async () => {
  const [a, , c] = [await newUser(), await newUser({ isActive: false }), await newUser()];
  const active = await userRepository.allActive(db, { limit: 1000 });
  expect(active.every(({ isActive }) => isActive)).toBe(true);
  expect(active.slice(-2)).toEqual([a, c]);
  expect(await userRepository.allActive(db, { offset: active.length - 1 })).toEqual([c]);
});

it('says which user there is not', async () => {
  await expect(userRepository.get(db, crypto.randomUUID())).rejects.toThrow('There is no user with this id');
});
