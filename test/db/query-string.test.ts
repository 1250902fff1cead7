import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, numeric, pgEnum, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { id } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { keysetFields, listQuery, offsetFields } from '../../src/db/query-string.ts';
import { repository } from '../../src/db/repository.ts';
import { isAppError } from '../../src/errors.ts';
import { valid } from '../../src/http/validation.ts';
import { createTestDatabase } from '../support/database.ts';

const size = pgEnum('size', ['s', 'm', 'l']);
const shirts = pgTable('shirts', {
  ...id(),
  name: text('name').notNull(),
  stock: integer('stock').notNull(),
  sold: bigint('sold', { mode: 'bigint' }).notNull(),
  price: numeric('price').notNull(),
  size: size('size').notNull(),
  isNew: boolean('is_new'),
  owner: uuid('owner'),
  tags: text('tags').array(),
  madeAt: timestamp('made_at', { withTimezone: true, precision: 3 }),
});
const repo = repository(shirts);

const Query = listQuery(
  shirts,
  {
    filter: {
      name: ['eq', 'iContains', 'in'],
      stock: ['eq', 'gte', 'lt', 'between'],
      sold: ['gt'],
      price: ['lte'],
      size: ['eq', 'in'],
      isNew: ['eq', 'isNull'],
      owner: ['eq'],
      tags: ['contains'],
      madeAt: ['gte', 'isNull'],
    },
    sort: ['name', 'stock', 'madeAt'],
    maxList: 3,
  },
  offsetFields(50, 20),
);

const app = new Hono()
  .get('/shirts', valid('query', Query), async (c) => c.json(c.req.valid('query')))
  .get('/ids', valid('query', Query), async (c) =>
    c.json((await repo.list(db, c.req.valid('query'))).items.map(({ name }) => name)),
  );
app.onError((error, c) =>
  isAppError(error) ? c.json({ code: error.code, fields: error.fields }, 422) : c.text(String(error), 500),
);

const ask = async (path: string, ...parameters: string[]) => {
  const query = parameters.map((part) => part.split(/=(.*)/s).slice(0, 2).map(encodeURIComponent).join('=')).join('&');
  return (await app.request(`${path}?${query}`)).json() as Promise<object>;
};

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  await db.statement((q) => q.execute(sql`create type size as enum ('s', 'm', 'l')`));
  await db.statement((q) =>
    q.execute(sql`create table shirts (id uuid primary key, name text not null, stock integer not null, sold bigint not null,
      price numeric not null, size size not null, is_new boolean, owner uuid, tags text[], made_at timestamptz(3))`),
  );
  const shirt = { sold: 2n ** 60n, price: '9.99', size: 'm' as const, tags: ['a', 'b'] };
  await db.batch((tx) => [
    repo.createMany(tx, [
      { ...shirt, name: 'Ada', stock: 1, isNew: true, madeAt: new Date('2024-01-01T00:00:00Z') },
      { ...shirt, name: '50%', stock: 2, size: 'l', tags: null },
      { ...shirt, name: 'bob', stock: 3, sold: 0n, price: '10', owner: '0190163d-8694-739b-aea5-966c26f8ad90' },
    ]),
  ]);
});

describe('a query string', () => {
  it('becomes a filter, an order and a window, by the columns’ types', async () => {
    const parsed = Query.parse({
      'filter[stock][gte]': '1',
      'filter[stock][lt]': '9',
      'filter[sold][gt]': '9007199254740993',
      'filter[isNew]': 'false',
      'filter[madeAt][gte]': '2024-01-01T00:00:00+02:00',
      'filter[tags][contains]': 'a,b',
      sort: '-madeAt,name',
      limit: '5',
    });
    expect(parsed).toEqual({
      where: {
        stock: { gte: 1, lt: 9 },
        sold: { gt: 9007199254740993n },
        isNew: { eq: false },
        madeAt: { gte: new Date('2023-12-31T22:00:00Z') },
        tags: { contains: ['a', 'b'] },
      },
      orderBy: ['-madeAt', 'name'],
      offset: 0,
      limit: 5,
    });
    expect(Query.parse({})).toEqual({ where: {}, orderBy: [], offset: 0, limit: 20 });
  });

  it.each([
    [['filter[name]=Ada'], ['Ada']],
    [['filter[name][iContains]=%'], ['50%']],
    [
      ['filter[name][in]=bob,Ada', 'sort=-stock'],
      ['bob', 'Ada'],
    ],
    [
      ['filter[stock][between]=2,3', 'sort=name'],
      ['50%', 'bob'],
    ],
    [
      ['filter[sold][gt]=1152921504606846975', 'sort=stock'],
      ['Ada', '50%'],
    ],
    [
      ['filter[price][lte]=9.990', 'sort=stock'],
      ['Ada', '50%'],
    ],
    [['filter[size][in]=s,l'], ['50%']],
    [['filter[isNew][isNull]=false'], ['Ada']],
    [['filter[owner]=0190163D-8694-739B-AEA5-966C26F8AD90'], ['bob']],
    [['filter[tags][contains]=b', 'sort=-name', 'limit=1'], ['bob']],
    [['filter[madeAt][gte]=2024-01-01'], ['Ada']],
    [['offset=2', 'sort=stock'], ['bob']],
  ])('%s finds %s', async (parameters, names) => {
    expect(await ask('/ids', ...parameters)).toEqual(names);
  });
});

describe('what is wrong', () => {
  it('is listed with every path at once', async () => {
    const answer: { code?: string; fields?: { path: string; message: string }[] } = await ask(
      '/shirts',
      'filter[stock]=many',
      'filter[stock][gte]=3000000000',
      'filter[nmae]=x',
      'filter[name][like]=%',
      'filter[size][in]=s,xl',
      'filter[name][in]=a,b,c,d',
      'filter[stock][between]=1',
      'filter[owner]=me',
      'filter[isNew]=yes',
      'filter[madeAt][gte]=2024-02-30',
      'sort=-price,name,name',
      'limit=51',
      'page=1',
    );
    expect(answer.code).toBe('invalid_input');
    const fields = Object.groupBy(answer.fields ?? [], ({ path }) => path);
    expect(
      Object.fromEntries(Object.entries(fields).map(([path, all]) => [path, all?.map(({ message }) => message)])),
    ).toEqual({
      'query.filter[stock]': ['must be a whole number'],
      'query.filter[stock][gte]': ['is out of range'],
      'query.filter[nmae]': ['is not a known parameter'],
      'query.filter[name][like]': ['is not a known parameter'],
      'query.filter[size][in].1': ['must be one of s, m, l'],
      'query.filter[name][in]': ['must hold at most 3'],
      'query.filter[stock][between]': ['must hold at least 2'],
      'query.filter[owner]': ['must be a UUID'],
      'query.filter[isNew]': ['must be true or false'],
      'query.filter[madeAt][gte]': ['must be a date, or a date and time with an offset'],
      'query.sort': ['cannot sort by "price", only by name, stock, madeAt', 'sorts by "name" twice'],
      'query.limit': ['must be from 1 to 50'],
      'query.page': ['is not a known parameter'],
    });
  });

  it.each(['filter[name]', 'filter[name][in]', 'filter[stock]', 'sort', 'limit'])('is %s given twice', async (name) => {
    expect(await ask('/shirts', `${name}=1`, `${name}=2`)).toMatchObject({ fields: [{ path: `query.${name}` }] });
  });

  it.each(['filter[__proto__]', 'filter[constructor]', 'constructor', 'filter'])('is %s', async (name) => {
    expect(await ask('/shirts', `${name}=x`)).toMatchObject({ fields: [{ path: `query.${name}` }] });
  });

  it('is an allow-list of what cannot be', () => {
    // @ts-expect-error no such field
    expect(() => listQuery(shirts, { filter: { nmae: ['eq'] } })).toThrow();
    // @ts-expect-error no such operator of this field
    expect(() => listQuery(shirts, { filter: { stock: ['like'] } })).toThrow('cannot be filtered by like');
  });
});

it('takes the parameters of a page by position', () => {
  const Keyset = listQuery(shirts, { sort: ['name'] }, keysetFields(10));
  const { cursor, limit }: { cursor?: string | undefined; limit: number } = Keyset.parse({ cursor: 'x' });
  expect([cursor, limit]).toEqual(['x', 10]);
});

it('gives OpenAPI one property for each parameter', () => {
  const { properties } = z.toJSONSchema(Query, { io: 'input' });
  expect(properties).toMatchObject({
    'filter[name]': { type: 'string', maxLength: 200 },
    'filter[stock]': { type: 'integer', minimum: -2147483648, maximum: 2147483647 },
    'filter[sold][gt]': { type: 'integer' },
    'filter[size]': { enum: ['s', 'm', 'l'] },
    'filter[isNew][isNull]': { enum: ['true', 'false'] },
    'filter[owner]': { format: 'uuid' },
    sort: { type: 'string', pattern: '^-?(name|stock|madeAt)(,-?(name|stock|madeAt)){0,2}$' },
    offset: { type: 'integer', minimum: 0 },
    limit: { type: 'integer', minimum: 1, maximum: 50 },
  });
});
