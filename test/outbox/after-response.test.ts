import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { listInbox } from '../../src/email/inbox.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import worker from '../../src/worker.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';

let database: TestDatabase;
let db: Database;
let works: Promise<unknown>[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});
beforeEach(() => {
  works = [];
});

const variables = () => ({ DATABASE_URL: database.url, BCRYPT_COST: '4' });

/** A request as a Worker gets it: with a `waitUntil`. */
function fetchWorker(path: string, init?: RequestInit) {
  const context = { waitUntil: (work: Promise<unknown>) => works.push(work), passThroughOnException() {}, props: {} };
  return createApp().request(path, init, variables(), context as never);
}

const register = (username: string) =>
  fetchWorker('/v1/users', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, email: `${username}@example.com`, password: 'correct horse' }),
  });

it('sends after the response, by waitUntil', async () => {
  expect((await register('ada')).status).toBe(201);
  expect(works).toHaveLength(2); // the request itself, and the drain
  await Promise.all(works);
  expect(await listInbox(db)).toMatchObject([{ to: 'ada@example.com' }]);
});

it('does not look at the outbox for a request that has enqueued nothing', async () => {
  await resetWireStats(database);
  expect((await register('ada')).status).toBe(400);
  await fetchWorker('/health/live');
  await Promise.all(works);
  expect((await wireStats(database)).http.requests).toBe(1); // the insert that was refused
});

it('is swept up by the cron trigger where it was left', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue();
  const production = { ...variables(), ENVIRONMENT: 'production', SECRET_KEY };
  const app = createApp(production);
  const body = JSON.stringify({ username: 'grace', email: 'grace@example.com', password: 'correct horse' });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headers = { 'Content-Type': 'application/json', traceparent };
  expect((await app.request('/v1/users', { method: 'POST', headers, body })).status).toBe(201);
  await expect(worker.scheduled(undefined, production)).rejects.toMatchObject({ code: 'configuration' });
  expect(await outboxRepository.count(db, { doneAt: { isNull: true } })).toBe(1);
  const failed = log.mock.calls.map(([line]) => JSON.parse(line)).find(({ event }) => event === 'outbox_drain_failed');
  expect(failed).toMatchObject({ level: 'error', code: 'configuration', traceId: traceparent.split('-')[1] });
  log.mockRestore();

  const [old] = await db.batch((tx) => [
    outboxRepository.create(tx, { topic: 'old', payload: {}, doneAt: new Date(Date.now() - 8 * 86_400_000) }),
  ]);
  await worker.scheduled(undefined, variables());
  expect(await outboxRepository.exists(db, old.id)).toBe(false);
  expect(await outboxRepository.count(db, { doneAt: { isNull: true } })).toBe(0);
  expect((await listInbox(db))[0]).toMatchObject({ to: 'grace@example.com' });
});
