import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { userRepository } from '../../src/users/repository.ts';
import { createTestDatabase } from '../support/database.ts';

/** What the database keeps for every writer, plain SQL included. */
let db: ReturnType<typeof openDatabase>;

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
});

let n = 0;
async function newUser() {
  n++;
  const [user] = await db.batch((tx) => [
    userRepository.create(tx, { username: `u${n}`, email: `u${n}@example.com`, hashedPassword: 'x' }),
  ]);
  return user;
}

async function one(query: ReturnType<typeof sql>) {
  const [row] = await db.statement((q) => q.execute(query));
  return row;
}

describe('updated_at and version', () => {
  it('are raised by an update in plain SQL', async () => {
    const user = await newUser();
    const row = await one(
      sql`update users set full_name = 'Ada' where id = ${user.id} returning version, updated_at > created_at as later`,
    );
    expect(row).toEqual({ version: 2, later: true });
  });

  it('cannot be set by a writer', async () => {
    const user = await newUser();
    const row = await one(
      sql`update users set version = 99, updated_at = 'epoch' where id = ${user.id}
          returning version, updated_at > 'epoch' as kept`,
    );
    expect(row).toEqual({ version: 2, kept: true });
  });

  it('stay where nothing changes', async () => {
    const user = await newUser();
    expect(await one(sql`update users set username = username where id = ${user.id} returning version`)).toEqual({
      version: 1,
    });
  });
});

describe('soft deletion', () => {
  it('frees the name and the address for somebody new', async () => {
    const user = await newUser();
    await one(sql`update users set is_deleted = true, deleted_at = now() where id = ${user.id}`);
    const again = { username: user.username, email: user.email, hashedPassword: 'x' };
    await expect(db.batch((tx) => [userRepository.create(tx, again)])).resolves.toHaveLength(1);
  });

  it('cannot be half done', async () => {
    const user = await newUser();
    await expect(one(sql`update users set is_deleted = true where id = ${user.id}`)).rejects.toMatchObject({
      code: 'check',
      constraint: 'users_soft_delete_check',
    });
  });
});

it('sets time zone and statement timeout for one-shot statements', async () => {
  expect(
    await one(sql`select current_setting('timezone') as zone, current_setting('statement_timeout') as timeout`),
  ).toEqual({
    zone: 'UTC',
    timeout: '30s',
  });
});
