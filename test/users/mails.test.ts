import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { findInInbox, listInbox } from '../../src/email/inbox.ts';
import { mailsTo, tokenTo } from '../support/accounts.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase } from '../support/database.ts';

it("ASVS 1.3.11: no mail holds the username, which could be a stranger's link to anybody's address", async () => {
  const database = await createTestDatabase();
  const app = testApp(database);
  const [email, other, password] = ['victim@example.com', 'other@example.com', 'correct horse'];
  const username = 'www.free-prize.example.net';
  await app.post('/v1/users', { username, email, password });
  const { token } = (await (await app.post('/v1/sessions', { username, password })).json()) as { token: string };
  const headers = { Authorization: `Bearer ${token}` };
  await app.post('/v1/users/me/verification', undefined, headers);
  await app.post('/v1/users/me/email', { email: other, password }, headers);
  const change = { currentPassword: password, newPassword: 'a better horse' };
  expect((await app.post('/v1/users/me/password', change, headers)).status).toBe(204);
  await app.post('/v1/password/forgotten', { email });
  expect((await mailsTo(database, email)).sort()).toEqual([
    'Choose a new password',
    'Confirm your address',
    'Welcome to Kura',
    'Your password was changed',
  ]);
  expect(await mailsTo(database, other)).toEqual(['Confirm your new address']);
  expect(await tokenTo(database, email)).toBeDefined();
  const db = openDatabase({ url: database.url });
  for (const { id } of await listInbox(db)) {
    expect(JSON.stringify(await findInInbox(db, id))).not.toContain('free-prize');
  }
});
