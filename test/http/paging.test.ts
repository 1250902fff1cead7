import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { listQuery } from '../../src/db/query-string.ts';
import { repository } from '../../src/db/repository.ts';
import type { AppEnv } from '../../src/http/context.ts';
import { pageFields, pageView, readPage } from '../../src/http/paging.ts';
import { problemHandler } from '../../src/http/problem.ts';
import { valid } from '../../src/http/validation.ts';
import { openFixture, people, someone } from '../db/fixture.ts';
import { resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

const repo = repository(people);
const Query = listQuery(people, { filter: { age: ['gte'] }, sort: ['age'] }, pageFields(5, 2));
const View = pageView(z.object({ age: z.number() }));

let app: Hono<AppEnv>;
let database: TestDatabase;
beforeAll(async () => {
  const fixture = await openFixture();
  const { db } = fixture;
  database = fixture.database;
  await db.batch((tx) => [
    repo.createMany(
      tx,
      [4, 0, 3, 1, 2].map((age) => someone({ age })),
    ),
  ]);
  app = new Hono<AppEnv>().get('/people', valid('query', Query), async (c) =>
    c.json(await readPage(db, repo, c.req.valid('query'), 'a secret of 16 bytes', ({ age }) => ({ age }))),
  );
  app.onError(problemHandler);
});

const ask = async (query: string) => {
  const response = await app.request(`/people?${query}`);
  const body = (await response.json()) as Record<string, unknown> & { items: { age: number }[] };
  if (response.ok) expect(View.safeParse(body).error).toBeUndefined();
  return body;
};
const ages = ({ items }: { items: { age: number }[] }) => items.map(({ age }) => age);

describe('a page by position', () => {
  it('leads to the next and back', async () => {
    const first = await ask('sort=age');
    expect(first).toEqual({ items: [{ age: 0 }, { age: 1 }], next: expect.any(String), previous: null });
    const second = await ask(`sort=age&cursor=${first.next}&limit=3`);
    expect([ages(second), second.next]).toEqual([[2, 3, 4], null]);
    expect(ages(await ask(`sort=age&cursor=${second.previous}`))).toEqual([0, 1]);
  });

  it('counts all rows where that is asked for', async () => {
    expect(await ask('filter[age][gte]=3&total=true')).toMatchObject({ total: 2, next: null });
    expect(await ask('total=false')).not.toHaveProperty('total');
  });

  it('is of one filter and order', async () => {
    const { next } = await ask('sort=age');
    expect(await ask(`sort=-age&cursor=${next}`)).toMatchObject({ status: 400, code: 'invalid_cursor' });
    expect(await ask('cursor=x')).toMatchObject({ status: 400, code: 'invalid_cursor' });
  });
});

it('is by number where there is an offset', async () => {
  expect(await ask('sort=-age&offset=3')).toEqual({ items: [{ age: 1 }, { age: 0 }], total: 5, offset: 3, limit: 2 });
  expect(await ask('offset=9')).toMatchObject({ items: [], total: 5 });
});

it('is one round trip', async () => {
  for (const query of ['sort=age', 'total=true', 'offset=1', 'limit=5']) {
    await resetWireStats(database);
    await ask(query);
    expect((await wireStats(database)).http.roundTrips, query).toBe(1);
  }
});

it.each([
  ['cursor=x&offset=1', 'query.offset'],
  ['limit=6', 'query.limit'],
  ['limit=0', 'query.limit'],
  ['offset=-1', 'query.offset'],
  ['total=yes', 'query.total'],
])('%s: 422', async (query, path) => {
  expect(await ask(query)).toMatchObject({ code: 'invalid_input', errors: [{ path }] });
});
