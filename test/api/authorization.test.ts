import { beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { newDeadLetter, newDeletedUser, newPost } from '../support/rows.ts';
import { PASSWORD, type SignedIn, signIn } from '../support/sign-in.ts';
import { type Expected, everybody, headersOf, owners, ownersAlone, ROLES, superusers, unseen, users } from './roles.ts';

/** What a route answers to each role, where `:id` is a thing of the owner's. */
interface Row {
  readonly route: string;
  /** Which thing it is, where that matters. */
  readonly of?: string;
  readonly expected: Expected;
  /** Makes the thing; its id. */
  readonly id?: (owner: SignedIn) => Promise<string> | string;
  readonly query?: string;
  readonly body?: (owner: SignedIn) => unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

let database: TestDatabase;
let app: ReturnType<typeof testApp>;

beforeAll(async () => {
  database = await createTestDatabase();
  app = testApp(database);
  await signIn(database, { isSuperuser: true }); // so that nobody else is the last one
});

const account = ({ user }: SignedIn) => user.id;
const session = ({ sessionId }: SignedIn) => sessionId;
const post =
  (isPublished: boolean) =>
  ({ user }: SignedIn) =>
    newPost(database, user.id, isPublished);
const published = { of: 'a published post', id: post(true) };
const draft = { of: 'a draft', id: post(false) };
const deleted = () => newDeletedUser(database);
const deadLetter = () => newDeadLetter(database);
const newAddress = () => `${crypto.randomUUID()}@example.com`;
const someone = () => ({ username: `u-${crypto.randomUUID()}`, email: newAddress() });
const credentials = ({ user }: SignedIn) => ({ username: user.username, password: PASSWORD });
const title = () => ({ title: 'Other' });

const TABLE: readonly Row[] = [
  { route: 'GET /health/live', expected: everybody(200) },
  { route: 'GET /health/ready', expected: everybody(200) },
  { route: 'GET /_dev/mail', expected: everybody(200) },

  { route: 'POST /v1/users', expected: everybody(201), body: () => ({ ...someone(), password: PASSWORD }) },
  { route: 'GET /v1/users/me', expected: users(200) },
  { route: 'PATCH /v1/users/me', expected: users(200), body: () => ({ fullName: 'Other' }) },
  { route: 'DELETE /v1/users/me', expected: users(204), body: () => ({ password: PASSWORD }) },
  {
    route: 'POST /v1/users/me/password',
    expected: users(204),
    body: () => ({ currentPassword: PASSWORD, newPassword: 'a better horse' }),
  },
  { route: 'POST /v1/users/me/verification', expected: users(202) },
  { route: 'POST /v1/users/me/email', expected: users(202), body: () => ({ email: newAddress(), password: PASSWORD }) },
  { route: 'GET /account/verify', expected: everybody(200) },
  { route: 'GET /account/reset', expected: everybody(200) },
  { route: 'POST /v1/email/verify', expected: everybody(400), body: () => ({ token: 'none' }) },
  { route: 'POST /v1/password/forgotten', expected: everybody(202), body: () => ({ email: newAddress() }) },
  {
    route: 'POST /v1/password/reset',
    expected: everybody(400),
    body: () => ({ token: 'none', newPassword: 'a better horse' }),
  },

  { route: 'GET /v1/users', expected: superusers(200) },
  {
    route: 'POST /v1/admin/users',
    expected: superusers(201),
    body: () => ({ ...someone(), password: PASSWORD, isSuperuser: true }),
  },
  { route: 'GET /v1/users/:id', expected: owners(200), id: account },
  {
    route: 'PATCH /v1/users/:id',
    expected: superusers(200),
    id: account,
    headers: { 'If-Match': '*' },
    body: () => ({ isSuperuser: true }),
  },
  { route: 'DELETE /v1/users/:id', expected: superusers(204), id: account },
  { route: 'POST /v1/users/:id/restore', expected: superusers(200), id: deleted },
  { route: 'DELETE /v1/users/:id/permanently', expected: superusers(204), id: deleted },

  { route: 'POST /v1/sessions', expected: everybody(201), body: credentials },
  {
    route: 'POST /v1/sessions/token',
    expected: everybody(200),
    body: (owner) => new URLSearchParams({ grant_type: 'password', ...credentials(owner) }),
  },
  { route: 'GET /v1/sessions', expected: users(200) },
  { route: 'DELETE /v1/sessions', expected: users(204) },
  { route: 'DELETE /v1/sessions/current', expected: users(204) },
  { route: 'DELETE /v1/sessions/:id', expected: ownersAlone(204, 404), id: session },

  { route: 'GET /v1/posts', expected: everybody(200) },
  { route: 'GET /v1/posts', of: 'one’s own', query: '?mine=true', expected: users(200) },
  { route: 'POST /v1/posts', expected: users(201), body: () => ({ title: 'T', body: 'B' }) },
  { route: 'GET /v1/posts/:id', ...published, expected: everybody(200) },
  { route: 'GET /v1/posts/:id', ...draft, expected: unseen(200) },
  { route: 'PATCH /v1/posts/:id', ...published, expected: owners(200), body: title },
  { route: 'PATCH /v1/posts/:id', ...draft, expected: owners(200, 404), body: title },
  { route: 'DELETE /v1/posts/:id', ...published, expected: owners(204) },
  { route: 'DELETE /v1/posts/:id', ...draft, expected: owners(204, 404) },

  { route: 'GET /v1/outbox', expected: superusers(200) },
  { route: 'POST /v1/outbox/:id/retry', expected: superusers(202), id: deadLetter, body: () => ({}) },
];

const CODES: Readonly<Record<number, string>> = { 403: 'forbidden', 404: 'not_found' };

describe('ASVS 5.0 8.2.1, 8.2.2: who may do what', () => {
  it('is said of every route', () => {
    const routes = createApp().routes.filter(({ method }) => method !== 'ALL');
    const all = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    expect([...new Set(TABLE.map(({ route }) => route))].sort()).toEqual([...all].sort());
  });

  const named = TABLE.map((row) => [row.of ? `${row.route}: ${row.of}` : row.route, row] as const);
  describe.each(named)('%s', (_, { route, expected, id, query = '', body, headers }) => {
    it.each(ROLES)('%s', async (role) => {
      const owner = await signIn(database);
      const [method = '', path = ''] = route.split(' ');
      const url = path.replace(':id', (await id?.(owner)) ?? '') + query;
      const sent = body?.(owner);
      const form = sent instanceof URLSearchParams;
      const response = await app.request(url, {
        method,
        headers: {
          ...(sent !== undefined && !form && { 'Content-Type': 'application/json' }),
          ...headers,
          ...(await headersOf(role, database, owner)),
        },
        ...(sent !== undefined && { body: form ? sent : JSON.stringify(sent) }),
      });
      const answer = await response.text();
      expect(response.status, answer).toBe(expected[role]);
      const code = CODES[response.status];
      if (code) expect(JSON.parse(answer)).toMatchObject({ code });
    });
  });
});
