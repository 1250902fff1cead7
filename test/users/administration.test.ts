import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { sessionRepository } from '../../src/sessions/repository.ts';
import { userRepository } from '../../src/users/repository.ts';
import { eventsOf, mailsTo } from '../support/accounts.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';
import { type SignedIn, signIn } from '../support/sign-in.ts';

let database: TestDatabase;
let app: ReturnType<typeof testApp>;
let db: ReturnType<typeof openDatabase>;
let root: SignedIn;
let ada: SignedIn;

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
  db = openDatabase({ url: database.url });
  root = await signIn(database, { isSuperuser: true });
});
beforeEach(async () => {
  ada = await signIn(database);
});

const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];
const twoRoundTrips = { http: { roundTrips: 2 }, websocket: { connections: 0 } };
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

describe('ASVS 8.2.1: whoever is no superuser', () => {
  it.each([
    ['GET', '/v1/users', undefined],
    ['POST', '/v1/admin/users', { username: 'grace', email: 'grace@example.com', password: 'correct horse' }],
    ['PATCH', '/v1/users/:id', { isSuperuser: true }],
    ['DELETE', '/v1/users/:id', undefined],
    ['POST', '/v1/users/:id/restore', undefined],
    ['DELETE', '/v1/users/:id/permanently', undefined],
  ])('is refused by %s %s, and anybody who is not signed in', async (method, path, body) => {
    const url = path.replace(':id', ada.user.id);
    expect(await codeOf(await app.send(method, url, body, { ...ada.headers, 'If-Match': '"v1"' }))).toEqual([
      403,
      'forbidden',
    ]);
    expect(await codeOf(await app.send(method, url, body, { 'If-Match': '"v1"' }))).toEqual([401, 'unauthenticated']);
  });

  it('does not read others', async () => {
    expect(await codeOf(await app.get(`/v1/users/${root.user.id}`, ada.headers))).toEqual([403, 'forbidden']);
  });
});

describe('GET /v1/users', () => {
  const list = async (query = '', on = app) =>
    (await (await on.get(`/v1/users${query}`, root.headers)).json()) as {
      items: { id: string; username: string; deletedAt?: string }[];
      next: string | null;
      total?: number;
    };

  it('goes through all, page by page', async () => {
    const first = await list('?limit=1&total=true');
    expect(first).toMatchObject({ items: [{ id: root.user.id }], next: expect.any(String), previous: null });
    expect(first.total).toBeGreaterThan(1);
    const second = await list(`?limit=1&cursor=${first.next}`);
    expect(second.items[0]?.id).not.toBe(root.user.id);
  });

  it('gives a page by number, too', async () => {
    expect(await list('?offset=0&limit=1')).toMatchObject({ offset: 0, limit: 1, total: expect.any(Number) });
  });

  it('filters and sorts', async () => {
    const found = await list(`?filter[username]=${ada.user.username}&filter[isSuperuser]=false&sort=-createdAt,email`);
    expect(found.items).toMatchObject([{ id: ada.user.id }]);
    expect(found.items[0]).not.toHaveProperty('hashedPassword');
    expect((await list('?filter[email][iContains]=NOBODY')).items).toEqual([]);
  });

  it('shows the deleted ones on request, and when they were deleted', async () => {
    await app.send('DELETE', `/v1/users/${ada.user.id}`, undefined, root.headers);
    const filter = `filter[username]=${ada.user.username}`;
    expect((await list(`?${filter}`)).items).toEqual([]);
    expect((await list(`?${filter}&deleted=only`)).items).toMatchObject([{ deletedAt: expect.stringMatching(/Z$/) }]);
    const all = await list('?deleted=with&limit=100');
    expect(all.items.find(({ id }) => id === root.user.id)).not.toHaveProperty('deletedAt');
  });

  it.each(['?sort=hashedPassword', '?filter[hashedPassword]=x', '?limit=0', '?deleted=maybe', '?nonsense=1'])(
    '422 for %s',
    async (query) => {
      expect(await codeOf(await app.get(`/v1/users${query}`, root.headers))).toEqual([422, 'invalid_input']);
    },
  );

  it('400 for a cursor that is not of this list', async () => {
    const { next } = await list('?limit=1');
    const other = await app.get(`/v1/users?limit=1&sort=email&cursor=${next}`, root.headers);
    expect(await codeOf(other)).toEqual([400, 'invalid_cursor']);
  });

  it('is two round trips for 10 and for 1,000 rows', async () => {
    const own = await createTestDatabase();
    const on = testApp(own);
    const { headers } = await signIn(own, { isSuperuser: true });
    for (const [rows, limit] of [
      [10, 10],
      [1000, 100],
    ] as const) {
      const values = Array.from({ length: rows }, (_, i) => {
        const name = `many-${rows}-${i}`;
        return { username: name, email: `${name}@example.com`, hashedPassword: 'x' };
      });
      await openDatabase({ url: own.url }).batch((tx) => [userRepository.createMany(tx, values)]);
      await resetWireStats(own);
      const page = (await (await on.get(`/v1/users?limit=${limit}`, headers)).json()) as { items: unknown[] };
      expect(page.items).toHaveLength(limit);
      expect(await wireStats(own)).toMatchObject(twoRoundTrips);
    }
  });
});

describe('POST /v1/admin/users', () => {
  const someone = () => {
    const username = `new-${crypto.randomUUID()}`;
    return { username, email: `${crypto.randomUUID()}@example.com`, password: 'correct horse' };
  };
  const add = (body: object) => app.post('/v1/admin/users', body, root.headers);

  it('adds a superuser, with their welcome mail', async () => {
    const input = someone();
    const response = await add({ ...input, isSuperuser: true, fullName: 'Grace' });
    const user = (await response.json()) as { id: string };
    expect([response.status, response.headers.get('Location')]).toEqual([201, `/v1/users/${user.id}`]);
    expect(user).toMatchObject({ username: input.username, isSuperuser: true, isActive: true, fullName: 'Grace' });
    expect(await mailsTo(database, input.email)).toEqual(['Welcome to Kura']);
    expect(await eventsOf(database, user.id)).toMatchObject([{ event: 'user.created', actorId: root.user.id }]);
  });

  it('adds one who is not active, without a mail', async () => {
    const input = someone();
    expect(await (await add({ ...input, isActive: false })).json()).toMatchObject({ isActive: false });
    expect(await mailsTo(database, input.email)).toEqual([]);
  });

  it('holds the password to the same rules, and the names to be free', async () => {
    const input = someone();
    expect(await codeOf(await add({ ...input, password: `my ${input.username}` }))).toEqual([422, 'invalid_input']);
    expect(await codeOf(await add({ ...input, email: ada.user.email }))).toEqual([400, 'email_taken']);
    expect(await codeOf(await add({ ...input, username: ada.user.username }))).toEqual([400, 'username_taken']);
    expect(await codeOf(await add({ ...input, version: 2 }))).toEqual([422, 'invalid_input']);
  });
});

describe('PATCH /v1/users/{id}', () => {
  const patch = (body: object, headers: Record<string, string> = { 'If-Match': '"v1"' }, id = ada.user.id) =>
    app.send('PATCH', `/v1/users/${id}`, body, { ...root.headers, ...headers });

  it('changes by the version that was read', async () => {
    const read = await app.get(`/v1/users/${ada.user.id}`, root.headers);
    const response = await patch({ fullName: 'Ada' }, { 'If-Match': read.headers.get('ETag') ?? '' });
    expect([response.status, response.headers.get('ETag')]).toEqual([200, '"v2"']);
    expect(await response.json()).toMatchObject({ fullName: 'Ada', version: 2 });
  });

  it('428 without If-Match, 412 for another version, 404 for nobody', async () => {
    expect(await codeOf(await patch({ fullName: 'A' }, {}))).toEqual([428, 'precondition_required']);
    expect(await codeOf(await patch({ fullName: 'A' }, { 'If-Match': '"v7"' }))).toEqual([412, 'stale_version']);
    expect(await codeOf(await patch({ fullName: 'A' }, undefined, NOBODY))).toEqual([404, 'not_found']);
    const { username } = root.user;
    expect(await codeOf(await patch({ username }))).toEqual([400, 'username_taken']);
  });

  it('ASVS 7.4.2: deactivates, which ends all sessions at once; activating does not bring them back', async () => {
    expect(await (await patch({ isActive: false })).json()).toMatchObject({ isActive: false });
    expect(await sessionRepository.all(db, { where: { userId: ada.user.id } })).toEqual([]);
    expect(await codeOf(await app.get('/v1/users/me', ada.headers))).toEqual([401, 'unauthenticated']);
    await patch({ isActive: true }, { 'If-Match': '"v2"' });
    expect((await app.get('/v1/users/me', ada.headers)).status).toBe(401);
    expect(await eventsOf(database, ada.user.id)).toMatchObject([
      { event: 'user.changed', actorId: root.user.id, details: { fields: ['isActive'], isActive: false } },
      { event: 'user.changed', details: { isActive: true } },
    ]);
  });

  it('ASVS 6.4.6: sets no password, and no address', async () => {
    expect(await codeOf(await patch({ password: 'correct horse' }))).toEqual([422, 'invalid_input']);
    expect(await codeOf(await patch({ email: 'ada@example.com' }))).toEqual([422, 'invalid_input']);
  });

  it('is two round trips', async () => {
    await resetWireStats(database);
    await patch({ fullName: 'Ada', isSuperuser: false });
    expect(await wireStats(database)).toMatchObject(twoRoundTrips);
  });
});

describe('DELETE /v1/users/{id}, and back', () => {
  const remove = (headers = {}, path = '') =>
    app.send('DELETE', `/v1/users/${ada.user.id}${path}`, undefined, { ...root.headers, ...headers });
  const restore = (headers = {}) =>
    app.post(`/v1/users/${ada.user.id}/restore`, undefined, { ...root.headers, ...headers });

  it('deletes, and a second time finds nobody', async () => {
    expect(await codeOf(await remove({ 'If-Match': '"v9"' }))).toEqual([412, 'stale_version']);
    expect((await remove({ 'If-Match': '"v1"' })).status).toBe(204);
    expect(await codeOf(await remove())).toEqual([404, 'not_found']);
    expect(await codeOf(await app.get(`/v1/users/${ada.user.id}`, root.headers))).toEqual([404, 'not_found']);
  });

  it('restores, signed out', async () => {
    await remove();
    const response = await restore();
    expect([response.status, response.headers.get('ETag')]).toEqual([200, '"v3"']);
    expect(await response.json()).toMatchObject({ id: ada.user.id, email: ada.user.email });
    expect((await app.get('/v1/users/me', ada.headers)).status).toBe(401);
    expect((await eventsOf(database, ada.user.id)).map(({ event }) => event)).toEqual([
      'user.deleted',
      'user.restored',
    ]);
  });

  it('412 by If-Match for another version: neither restores nor removes', async () => {
    await remove();
    const stale = { 'If-Match': '"v999"' };
    expect(await codeOf(await restore(stale))).toEqual([412, 'stale_version']);
    expect(await codeOf(await remove(stale, '/permanently'))).toEqual([412, 'stale_version']);
    expect((await eventsOf(database, ada.user.id)).map(({ event }) => event)).toEqual(['user.deleted']);
    expect((await restore({ 'If-Match': '"v2"' })).status).toBe(200);
    await remove();
    expect((await remove({ 'If-Match': '"v4"' }, '/permanently')).status).toBe(204);
  });

  it('404 for restoring somebody who is not deleted: no audit says that they were', async () => {
    expect(await codeOf(await restore())).toEqual([404, 'not_found']);
    expect(await eventsOf(database, ada.user.id)).toEqual([]);
  });

  it.each([
    ['email', 'email_taken'],
    ['username', 'username_taken'],
  ] as const)('400 for restoring somebody whose %s is taken by now', async (field, code) => {
    await remove();
    await signIn(database, { [field]: ada.user[field].toUpperCase() });
    expect(await codeOf(await restore())).toEqual([400, code]);
  });

  it('removes for good only who is deleted, and all that is theirs', async () => {
    expect(await codeOf(await remove({}, '/permanently'))).toEqual([404, 'not_found']);
    await remove();
    expect((await remove({}, '/permanently')).status).toBe(204);
    expect(await userRepository.withDeleted.find(db, ada.user.id)).toBeUndefined();
    expect((await eventsOf(database, ada.user.id)).map(({ event }) => event)).toEqual(['user.deleted', 'user.purged']);
    expect(await codeOf(await remove({}, '/permanently'))).toEqual([404, 'not_found']);
  });

  it('is two round trips each', async () => {
    for (const act of [() => remove(), () => restore(), () => remove(), () => remove({}, '/permanently')]) {
      await resetWireStats(database);
      expect((await act()).ok).toBe(true);
      expect(await wireStats(database)).toMatchObject(twoRoundTrips);
    }
  });
});
