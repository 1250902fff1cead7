import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { newUser, userCrud } from '../../src/users/crud.ts';
import { userRepository } from '../../src/users/repository.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

const COST = 4;
const password = 'correct horse';

let db: Database;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});

let n = 0;
const someone = () => {
  n++;
  return { username: `ada${n}`, email: `ada${n}@example.com`, password };
};

describe('create', () => {
  it('stores a hash, committed, in one round trip', async () => {
    await resetWireStats(database);
    const user = await userCrud.create(db, { ...someone(), fullName: 'Ada' }, COST);
    expect((await wireStats(database)).http.roundTrips).toBe(1);
    expect(user).toMatchObject({
      hashedPassword: expect.stringMatching(/^\$2b\$04\$/),
      fullName: 'Ada',
      isActive: true,
    });
    expect(await userCrud.get(db, user.id)).toEqual(user);
  });

  it('joins a transaction, or is made ready before it', async () => {
    const ready = await newUser(someone(), COST);
    const undone = new Error('undone');
    const input = someone();
    const attempt = db.transaction(async (tx) => {
      await userRepository.create(tx, ready);
      await userCrud.create(tx, input, COST);
      throw undone;
    });
    await expect(attempt).rejects.toBe(undone);
    expect(await userRepository.findByEmail(db, input.email)).toBeUndefined();
  });

  it('touches nothing for a password that is too long', async () => {
    await resetWireStats(database);
    const input = { ...someone(), password: 'é'.repeat(37) };
    await expect(userCrud.create(db, input, COST)).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await wireStats(database)).http.roundTrips).toBe(0);
  });
});

describe('authenticate', () => {
  it('takes the username or the email, whatever their case', async () => {
    const user = await userCrud.create(db, someone(), COST);
    expect(await userCrud.authenticate(db, user.username.toUpperCase(), password, COST)).toEqual(user);
    expect(await userCrud.authenticate(db, user.email.toUpperCase(), password, COST)).toEqual(user);
  });

  it('refuses a wrong password, nobody, and a deleted user alike', async () => {
    const user = await userCrud.create(db, someone(), COST);
    expect(await userCrud.authenticate(db, user.email, 'wrong', COST)).toBeUndefined();
    expect(await userCrud.authenticate(db, 'nobody', password, COST)).toBeUndefined();
    await userCrud.remove(db, user.id);
    expect(await userCrud.authenticate(db, user.email, password, COST)).toBeUndefined();
  });

  it('verifies at the configured cost for nobody too', async () => {
    // 99 is a cost bcrypt refuses: that it is asked shows that nobody's password is verified as somebody's is.
    await expect(userCrud.authenticate(db, 'nobody', password, 99)).rejects.toThrow(/99/);
    const user = await userCrud.create(db, someone(), COST);
    expect(await userCrud.authenticate(db, user.email, password, 99)).toEqual(user);
  });

  it('refuses what bcrypt would not see', async () => {
    const long = 'x'.repeat(72);
    const user = await userCrud.create(db, { ...someone(), password: long }, COST);
    expect(await userCrud.authenticate(db, user.email, long, COST)).toEqual(user);
    expect(await userCrud.authenticate(db, user.email, `${long}y`, COST)).toBeUndefined();
  });

  it('is one round trip', async () => {
    await resetWireStats(database);
    await userCrud.authenticate(db, 'nobody@example.com', password, COST);
    expect((await wireStats(database)).http.roundTrips).toBe(1);
  });
});

it('says who is active and who is a superuser', async () => {
  const user = await userCrud.create(db, someone(), COST);
  expect([userCrud.isActive(user), userCrud.isSuperuser(user)]).toEqual([true, false]);
  const changed = await userCrud.update(db, user, { isActive: false, isSuperuser: true });
  expect([userCrud.isActive(changed), userCrud.isSuperuser(changed)]).toEqual([false, true]);
});
