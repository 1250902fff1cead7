import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { listInbox } from '../../src/email/inbox.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import type { outbox } from '../../src/outbox/table.ts';
import { userCreated } from '../../src/users/mails/welcome.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { type SignedIn, signIn } from '../support/sign-in.ts';

let database: TestDatabase;
let db: Database;
let app: ReturnType<typeof testApp>;
let superuser: SignedIn;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
  app = testApp(database);
  superuser = await signIn(database, { isSuperuser: true });
});
beforeEach(async () => {
  await db.batch((tx) => [outboxRepository.deleteMany(tx, {})]);
});

type NewRow = typeof outbox.$inferInsert;
const rows = (...values: NewRow[]) => db.batch((tx) => values.map((value) => outboxRepository.create(tx, value)));
const rowId = async (value: NewRow) => (await db.batch((tx) => [outboxRepository.create(tx, value)]))[0].id;
const hour = (n: number) => new Date(Date.UTC(2026, 0, 1, n));
const pending = { topic: 'a', payload: { email: 's3cret@example.com' } };
const done = { ...pending, doneAt: hour(1) };
const dead = { ...pending, topic: 'b', deadAt: hour(2), attempts: 12, lastError: 'delivery_refused: no' };

async function list(query = '', headers: Record<string, string> = superuser.headers) {
  const response = await app.get(`/v1/outbox${query}`, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as { items: Record<string, unknown>[]; next: string | null; total?: number };
}
const retry = (id: string, headers: Record<string, string> = superuser.headers) =>
  app.post(`/v1/outbox/${id}/retry`, {}, headers);

describe('GET /v1/outbox', () => {
  it('shows what became of the rows, and no payload (ASVS 5.0 14.2.6)', async () => {
    await rows(pending, done);
    const id = await rowId({ ...dead, orderingKey: 'key' });
    const { items } = await list();
    expect(items.map(({ state }) => state).sort()).toEqual(['dead', 'done', 'pending']);
    expect(items.find((row) => row.id === id)).toEqual({
      id,
      topic: 'b',
      state: 'dead',
      orderingKey: 'key',
      attempts: 12,
      lastError: 'delivery_refused: no',
      createdAt: expect.stringMatching(/Z$/),
      availableAt: expect.stringMatching(/Z$/),
      claimedUntil: null,
      doneAt: null,
      deadAt: '2026-01-01T02:00:00.000Z',
    });
    expect(JSON.stringify(items)).not.toContain('s3cret');
  });

  it.each([
    ['?state=pending', ['pending']],
    ['?state=done', ['done']],
    ['?state=dead', ['dead']],
    ['?filter[topic]=b', ['dead']],
    ['?filter[topic]=b&state=done', []],
    ['?filter[orderingKey]=key', ['dead']],
  ])('filters by %s', async (query, states) => {
    await rows(pending, done, { ...dead, orderingKey: 'key' });
    expect((await list(query)).items.map(({ state }) => state)).toEqual(states);
  });

  it.each([
    ['?state=pending', { ...pending, availableAt: hour(1) }, { ...pending, availableAt: hour(2) }],
    ['?state=done', { ...done, doneAt: hour(2) }, { ...done, doneAt: hour(1) }],
    ['?state=dead', { ...dead, deadAt: hour(2) }, { ...dead, deadAt: hour(1) }],
  ])('orders %s by what is due first, or newest', async (query, first, second) => {
    const [b, a] = await rows(second, first);
    expect((await list(query)).items.map(({ id }) => id)).toEqual([a?.id, b?.id]);
  });

  it('gives pages', async () => {
    await rows(...Array.from({ length: 5 }, (_, i) => ({ ...dead, deadAt: hour(i) })));
    const first = await list('?state=dead&limit=3&total=true');
    expect([first.items.length, first.total]).toEqual([3, 5]);
    const second = await list(`?state=dead&limit=3&cursor=${first.next}`);
    expect([second.items.length, second.next]).toEqual([2, null]);
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(5);
    expect((await app.get(`/v1/outbox?state=done&cursor=${first.next}`, superuser.headers)).status).toBe(400);
    expect((await app.get('/v1/outbox?state=lost', superuser.headers)).status).toBe(422);
  });

  it.each([1, 10, 1000])('costs 2 round trips with %i rows', async (count) => {
    await rows(...Array.from({ length: count }, () => pending));
    await resetWireStats(database);
    await list();
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 2 }, websocket: { connections: 0 } });
  });
});

describe('POST /v1/outbox/{id}/retry', () => {
  it('lets a dead letter be tried again, right after the answer, under its id', async () => {
    const payload = {
      id: crypto.randomUUID(),
      username: 'ada',
      email: 'ada@example.com',
      tokenId: crypto.randomUUID(),
    };
    const [id] = await db.batch((tx) => [enqueue(tx, userCreated, payload)]);
    await db.batch((tx) => [outboxRepository.update(tx, id, { deadAt: hour(1), attempts: 12 })]);
    const response = await retry(id);
    expect([response.status, await response.text()]).toEqual([202, '']);
    expect(await outboxRepository.get(db, id)).toMatchObject({ deadAt: null, attempts: 1, doneAt: expect.any(Date) });
    expect(await listInbox(db)).toMatchObject([{ to: 'ada@example.com' }]);
  });

  it('costs 2 round trips before the drain', async () => {
    const id = await rowId({ ...dead, topic: 'that nobody handles' });
    await resetWireStats(database);
    await retry(id);
    // Who asks and the retry; the drain looks, and finds nothing.
    expect(await wireStats(database)).toMatchObject({ http: { roundTrips: 3 }, websocket: { connections: 0 } });
  });

  it.each([
    ['a pending row', pending],
    ['a row that is done', done],
  ])('is 404 for %s', async (_, row) => {
    const id = await rowId(row);
    const response = await retry(id);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  it('is 404 for a row that is not there, and 422 for what is no id', async () => {
    expect((await retry(crypto.randomUUID())).status).toBe(404);
    expect((await retry('1')).status).toBe(422);
  });
});

it('is for superusers alone (ASVS 5.0 8.2.1)', async () => {
  const { headers } = await signIn(database);
  const id = await rowId(dead);
  const answers = [
    await app.get('/v1/outbox', headers),
    await retry(id, headers),
    await app.get('/v1/outbox'),
    await retry(id, {}),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 401, 401]);
  expect(await outboxRepository.get(db, id)).toMatchObject({ deadAt: hour(2) });
});
