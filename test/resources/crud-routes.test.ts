import { sql } from 'drizzle-orm';
import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { Hono } from 'hono';
import { hc } from 'hono/client';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createApp } from '../../src/app.ts';
import { id, identity, version } from '../../src/db/columns.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { listQuery } from '../../src/db/query-string.ts';
import { repository } from '../../src/db/repository.ts';
import { AppError } from '../../src/errors.ts';
import { operationOf } from '../../src/http/operation.ts';
import { pageFields } from '../../src/http/paging.ts';
import { crudRoutes } from '../../src/resources/crud-routes.ts';
import { CrudService } from '../../src/resources/crud-service.ts';
import { authentication } from '../../src/sessions/authentication.ts';
import type { AccountEnv, Actor } from '../../src/users/actor.ts';
import { createTestDatabase } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';
import { type SignedIn, signIn } from '../support/sign-in.ts';

const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

/** For its owner's eyes only; its id is a number, and it has no version. */
const secrets = pgTable('secrets', {
  ...identity(),
  ownerId: uuid('owner_id').notNull(),
  words: text('words').notNull().unique('secrets_words_key'),
});
const own = ({ user }: Actor) => ({ ownerId: user.id });
const Secret = z.strictObject({ words: z.string() });
type Secret = z.infer<typeof Secret>;
const SecretView = z.object({ id: z.int(), words: z.string() });

const secretRoutes = crudRoutes(
  new CrudService(repository(secrets, { name: 'secret' }), {
    readers: 'users',
    readable: own,
    changeable: own,
    row: (actor, input: Secret) => ({ ...input, ownerId: actor.user.id }),
  }),
  {
    one: 'a secret',
    many: 'secrets',
    query: listQuery(secrets, { filter: { words: ['startsWith'] }, sort: ['words'] }, pageFields(10)),
    create: Secret,
    update: z.partial(Secret),
    view: SecretView,
    present: ({ id, words }) => ({ id, words }),
    errors: { create: ['conflict'], update: ['conflict'] },
  },
);

/** Everybody reads it, superusers write it, and only who says which version. */
const notices = pgTable('notices', { ...id(), rank: integer('rank').notNull(), ...version() });
const Notice = z.strictObject({ rank: z.int() });
type Notice = z.infer<typeof Notice>;
const NoticeQuery = listQuery(notices, {}, { ...pageFields(), least: z.optional(z.string()) });

const noticeRoutes = crudRoutes(
  new CrudService(repository(notices, { name: 'notice' }), {
    readers: 'everybody',
    readable: () => ({}),
    listed: (_, { least }: z.infer<typeof NoticeQuery>) =>
      least === undefined ? {} : { rank: { gte: Number(least) } },
    changeable: ({ user }) => (user.isSuperuser ? {} : { or: [] }),
    row: ({ user }, input: Notice) => {
      if (!user.isSuperuser) throw new AppError('forbidden');
      return input;
    },
    order: ['-rank'],
  }),
  {
    one: 'a notice',
    many: 'notices',
    query: NoticeQuery,
    create: Notice,
    update: Notice,
    view: z.object({ id: z.uuid(), rank: z.int() }),
    present: ({ id, rank }) => ({ id, rank }),
    ifMatch: 'required',
    errors: { create: ['forbidden'] },
  },
);

const routes = new Hono<AccountEnv>()
  .use(authentication())
  .route('/secrets', secretRoutes)
  .route('/notices', noticeRoutes);

let app: ReturnType<typeof createApp>;
let ada: SignedIn;
let bob: SignedIn;
let root: SignedIn;

beforeAll(async () => {
  const database = await createTestDatabase();
  app = createApp({ DATABASE_URL: database.url, SECRET_KEY });
  app.route('/v1', routes);
  ada = await signIn(database);
  bob = await signIn(database);
  root = await signIn(database, { isSuperuser: true });
  const db = openDatabase({ url: database.url });
  const tables = [
    sql`create table secrets (id bigint primary key generated always as identity, owner_id uuid not null,
      words text not null constraint secrets_words_key unique)`,
    sql`create table notices (id uuid primary key, rank integer not null, version integer not null default 1)`,
    sql`create trigger notices_version before update on notices for each row
      when (old.* is distinct from new.*) execute function kura_raise_version()`,
  ];
  await db.batch((tx) => tables.map((table) => tx.statement((q) => q.execute(table))));
});

/** The client that a user of these routes has, with all its types. */
const clientOf = (who?: SignedIn) =>
  hc<typeof routes>('http://kura/v1', { headers: { ...who?.headers }, fetch: app.request.bind(app) as typeof fetch });

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('a resource of its owners', () => {
  it('is made, read, changed and deleted by its id, a number', async () => {
    const client = clientOf(ada);
    const created = await client.secrets.$post({ json: { words: 'a secret' } });
    const { id, words }: { id: number; words: string } = await created.json();
    expect([created.status, words]).toEqual([201, 'a secret']);
    expect(created.headers.get('Location')).toBe(`/v1/secrets/${id}`);
    const param = { id: String(id) };
    const read = await client.secrets[':id'].$get({ param });
    expect(await read.json()).toEqual({ id, words: 'a secret' });
    expect(read.headers.get('ETag'), 'it has no version').toBeNull();
    const changed = await client.secrets[':id'].$patch({ param, json: { words: 'another' } });
    expect(await changed.json()).toEqual({ id, words: 'another' });
    expect((await client.secrets[':id'].$delete({ param })).status).toBe(204);
    expect((await client.secrets[':id'].$get({ param })).status).toBe(404);
  });

  it('is not there for others', async () => {
    const created = await clientOf(ada).secrets.$post({ json: { words: 'for my eyes' } });
    const param = { id: String((await created.json()).id) };
    const client = clientOf(bob);
    expect((await client.secrets[':id'].$get({ param })).status).toBe(404);
    expect((await client.secrets[':id'].$patch({ param, json: {} })).status).toBe(404);
    expect((await client.secrets[':id'].$delete({ param })).status).toBe(404);
    expect(await (await client.secrets.$get({ query: {} })).json()).toMatchObject({ items: [] });
    const page = await (await clientOf(ada).secrets.$get({ query: { total: 'true' } })).json();
    expect(page).toMatchObject({ items: [{ words: 'for my eyes' }], total: 1 });
  });

  it('asks for a sign-in', async () => {
    const client = clientOf();
    const param = { id: '1' };
    for (const answer of [
      client.secrets.$get({ query: {} }),
      client.secrets.$post({ json: { words: 'x' } }),
      client.secrets[':id'].$get({ param }),
      client.secrets[':id'].$patch({ param, json: {} }),
      client.secrets[':id'].$delete({ param }),
    ]) {
      expect((await answer).status).toBe(401);
    }
  });

  it.each(['x', '1.5', '9007199254740993', '-'])('%s is no id of it', async (id) => {
    const answer = await clientOf(ada).secrets[':id'].$get({ param: { id } });
    expect([answer.status, await codeOf(answer)]).toEqual([422, 'invalid_input']);
  });

  it('throws what its table does', async () => {
    await clientOf(ada).secrets.$post({ json: { words: 'taken' } });
    const answer = await clientOf(bob).secrets.$post({ json: { words: 'taken' } });
    expect([answer.status, await codeOf(answer)]).toEqual([409, 'conflict']);
  });

  it('does not take what is not listed', async () => {
    const body = { words: 'x', ownerId: NOBODY };
    expect((await clientOf(ada).secrets.$post({ json: body })).status).toBe(422);
    // @ts-expect-error no such field
    expect((await clientOf(ada).secrets.$post({ json: { word: 'x' } })).status).toBe(422);
  });
});

describe('a resource of superusers', () => {
  it('is read by everybody, in its own order', async () => {
    for (const rank of [1, 3, 2]) await clientOf(root).notices.$post({ json: { rank } });
    const page = await (await clientOf().notices.$get({ query: { least: '2' } })).json();
    // @ts-expect-error no such parameter
    expect((await clientOf().notices.$get({ query: { 'filter[rank]': '2' } })).status).toBe(422);
    expect(page.items.map(({ rank }) => rank)).toEqual([3, 2]);
  });

  it('is changed only by who may, and knows it', async () => {
    expect(await codeOf(await clientOf(ada).notices.$post({ json: { rank: 1 } }))).toBe('forbidden');
    const created = await clientOf(root).notices.$post({ json: { rank: 7 } });
    const param = { id: (await created.json()).id };
    const send = async (who: SignedIn, tag?: string) => {
      const options = tag === undefined ? {} : { headers: { ...who.headers, 'If-Match': tag } };
      return clientOf(who).notices[':id'].$patch({ param, json: { rank: 8 } }, options);
    };
    expect(await codeOf(await send(root))).toBe('precondition_required');
    expect(await codeOf(await send(ada, '"v1"'))).toBe('forbidden');
    expect(await codeOf(await send(root, '"v2"'))).toBe('stale_version');
    expect((await send(root, '"v1"')).headers.get('ETag')).toBe('"v2"');
    expect(await codeOf(await clientOf(root).notices[':id'].$delete({ param }))).toBe('precondition_required');
  });
});

it('is described, each route with its errors', () => {
  const said = ({ routes }: { routes: { method: string; path: string; handler: object }[] }) => {
    const parts = Object.groupBy(routes, ({ method, path }) => `${method} ${path}`);
    return Object.entries(parts).map(([route, list = []]) => {
      const operations = list.map(({ handler }) => operationOf(handler));
      const access = operations.find((operation) => operation.access)?.access;
      const conditional = operations.some(({ notModified }) => notModified);
      const errors = [...new Set(operations.flatMap(({ errors = [] }) => errors))].sort();
      return [route, operations.find(({ summary }) => summary)?.summary, access, conditional, errors.join(' ')];
    });
  };
  const body = 'malformed_json payload_too_large';
  expect(said(secretRoutes)).toEqual([
    ['GET /', 'List secrets', 'user', false, 'invalid_cursor invalid_input unauthenticated'],
    [
      'POST /',
      'Create a secret',
      'user',
      false,
      `conflict invalid_input ${body} unauthenticated unsupported_media_type`,
    ],
    ['GET /:id', 'Read a secret', 'user', false, 'invalid_input not_found unauthenticated'],
    [
      'PATCH /:id',
      'Change a secret',
      'user',
      false,
      `conflict forbidden invalid_input malformed_json not_found payload_too_large unauthenticated unsupported_media_type`,
    ],
    ['DELETE /:id', 'Delete a secret', 'user', false, 'forbidden invalid_input not_found unauthenticated'],
  ]);
  expect(said(noticeRoutes)).toMatchObject([
    ['GET /', 'List notices', 'optional', false, 'invalid_cursor invalid_input'],
    ['POST /', 'Create a notice', 'user', false, expect.stringContaining('forbidden')],
    ['GET /:id', 'Read a notice', 'optional', true, 'invalid_input not_found'],
    ['PATCH /:id', 'Change a notice', 'user', false, expect.stringContaining('precondition_required')],
    ['DELETE /:id', 'Delete a notice', 'user', false, expect.stringContaining('stale_version')],
  ]);
});
