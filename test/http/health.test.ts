import { beforeAll, expect, inject, it, vi } from 'vitest';
import { withDatabase } from '../../src/db/neon.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  vi.spyOn(console, 'error').mockReturnValue();
});

it('is live without touching the database', async () => {
  await resetWireStats(database);
  const response = await testApp(database).get('/health/live');
  expect([response.status, await response.json()]).toEqual([200, { status: 'live' }]);
  expect((await wireStats(database)).http.requests).toBe(0);
});

it('is ready on a migrated database, in one round trip', async () => {
  await resetWireStats(database);
  const response = await testApp(database).get('/health/ready');
  expect([response.status, await response.json()]).toEqual([200, { status: 'ready', migration: expect.any(String) }]);
  expect((await wireStats(database)).http.roundTrips).toBe(1);
});

it('is not ready without a sender of mail, and is where there is one', async () => {
  const production = { ENVIRONMENT: 'production', SECRET_KEY, PUBLIC_URL: 'https://kura.example' };
  const response = await testApp(database, production).get('/health/ready');
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({
    code: 'configuration',
    detail: expect.stringMatching(/^EMAIL_PROVIDER/),
  });
  const resend = { EMAIL_PROVIDER: 'resend', RESEND_API_KEY: 's3cret', MAIL_FROM: 'Kura <noreply@kura.example>' };
  expect((await testApp(database, { ...production, ...resend }).get('/health/ready')).status).toBe(200);
});

it('is not ready on a database that was never migrated', async () => {
  const response = await testApp(await createTestDatabase('template0')).get('/health/ready');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    code: 'not_ready',
    detail: expect.stringContaining('lacks the migration'),
  });
});

it('is not ready on a database that lacks the newest migration', async () => {
  const behind = await createTestDatabase();
  await withDatabase({ url: behind.url }, async (db) => {
    const ledger = 'drizzle.__drizzle_migrations';
    await db.statement((q) => q.execute(`delete from ${ledger} where id = (select max(id) from ${ledger})`));
  });
  expect((await testApp(behind).get('/health/ready')).status).toBe(503);
});

it('is not ready when the database cannot be reached', async () => {
  const dead = testApp({ ...database, url: inject('deadNeon') });
  const response = await dead.get('/health/ready');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: 'not_ready', detail: 'The database cannot be reached' });
});
