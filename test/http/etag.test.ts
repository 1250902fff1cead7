import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../../src/db/repository.ts';
import type { AppEnv } from '../../src/http/context.ts';
import { etagOf, ifMatch, ifNoneMatch } from '../../src/http/etag.ts';
import { operationOf } from '../../src/http/operation.ts';
import { problemHandler } from '../../src/http/problem.ts';
import { openFixture, people, someone } from '../db/fixture.ts';

const repo = repository(people, { name: 'person' });
const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';

let app: Hono<AppEnv>;
/** A row of version 3. */
let id: string;

beforeAll(async () => {
  const { db } = await openFixture();
  app = new Hono<AppEnv>()
    .get('/people/:id', ifNoneMatch(), async (c) => {
      c.header('X-Other', 'stays');
      const { name, version } = await repo.get(db, c.req.param('id'));
      return c.json({ name }, 200, { ETag: etagOf(version) });
    })
    .get('/untagged', ifNoneMatch(), (c) => c.json({ q: c.req.query('q') }))
    .patch('/people/:id', ifMatch(), async (c) => {
      const patch = { name: c.req.query('name') };
      const [row] = await db.batch((tx) => [repo.update(tx, c.req.param('id'), patch, c.var.expected)]);
      return c.json({}, 200, { ETag: etagOf(row.version) });
    })
    .delete('/people/:id', ifMatch('required'), async (c) => {
      await db.batch((tx) => [repo.remove(tx, c.req.param('id'), c.var.expected)]);
      return c.body(null, 204);
    });
  app.onError(problemHandler);
  const [row] = await db.batch((tx) => [repo.create(tx, someone({ name: 'Ada' }))]);
  ({ id } = row);
  await db.batch((tx) => [repo.update(tx, id, { name: 'Bea' })]);
  await db.batch((tx) => [repo.update(tx, id, { name: 'Cleo' })]);
});

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  app.request(path, { method, headers });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('If-None-Match', () => {
  it.each(['"v3"', 'W/"v3"', '"v1", "v3"', '"a,b",W/"v3" ,"c"', '*', ' * '])('%s: 304 without a body', async (tag) => {
    const response = await ask('GET', `/people/${id}`, { 'If-None-Match': tag });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe('');
    expect(Object.fromEntries(response.headers)).toEqual({ etag: '"v3"', 'x-other': 'stays' });
  });

  it.each(['"v2"', 'v3', '"v33"', '"a,v3"', '', 'w/"v3"'])('%s: 200', async (tag) => {
    const response = await ask('GET', `/people/${id}`, { 'If-None-Match': tag });
    expect(response.status).toBe(200);
    expect(response.headers.get('ETag')).toBe('"v3"');
    expect(await response.json()).toEqual({ name: 'Cleo' });
  });

  it('is of the whole answer where that shows more than a row', async () => {
    const tag = (await ask('GET', '/untagged?q=1')).headers.get('ETag') ?? '';
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    expect((await ask('GET', '/untagged?q=1', { 'If-None-Match': tag })).status).toBe(304);
    const changed = await ask('GET', '/untagged?q=2', { 'If-None-Match': tag });
    expect([changed.status, await changed.json()]).toEqual([200, { q: '2' }]);
  });

  it('has nothing to say of an error, or of a HEAD that is new', async () => {
    expect((await ask('GET', `/people/${NOBODY}`, { 'If-None-Match': '*' })).status).toBe(404);
    expect((await ask('HEAD', `/people/${id}`, { 'If-None-Match': '"v2"' })).status).toBe(200);
    expect((await ask('HEAD', `/people/${id}`, { 'If-None-Match': '"v3"' })).status).toBe(304);
  });
});

describe('If-Match', () => {
  it.each(['"v3"', '"v9", "v3"', '*', undefined])('%s: writes', async (tag) => {
    const headers: Record<string, string> = tag === undefined ? {} : { 'If-Match': tag };
    const response = await ask('PATCH', `/people/${id}`, headers); // an empty patch: the version stays
    expect([response.status, response.headers.get('ETag')]).toEqual([200, '"v3"']);
  });

  it.each(['"v2"', '"v1", "v2"', 'W/"v3"', 'v3', '"3"', '', '"v03"', '"v9999999999"', '"v2147483648"', '"*"'])(
    '%s: 412, and nothing is written',
    async (tag) => {
      const response = await ask('PATCH', `/people/${id}?name=Lost`, { 'If-Match': tag });
      expect([response.status, await codeOf(response)]).toEqual([412, 'stale_version']);
      expect(await (await ask('GET', `/people/${id}`)).json()).toEqual({ name: 'Cleo' });
    },
  );

  it.each(['"v1"', '"none"', '*'])('%s of what is not there: 404', async (tag) => {
    expect((await ask('PATCH', `/people/${NOBODY}`, { 'If-Match': tag })).status).toBe(404);
  });

  it('is demanded where a route says so: 428', async () => {
    const response = await ask('DELETE', `/people/${id}`);
    expect([response.status, await codeOf(response)]).toEqual([428, 'precondition_required']);
    expect((await ask('DELETE', `/people/${id}`, { 'If-Match': '"v1"' })).status).toBe(412);
    expect((await ask('DELETE', `/people/${id}`, { 'If-Match': '"v3"' })).status).toBe(204);
  });
});

it('is described', () => {
  expect(operationOf(ifNoneMatch())).toMatchObject({ notModified: true });
  expect(operationOf(ifMatch()).errors).toEqual(['stale_version']);
  expect(operationOf(ifMatch('required')).errors).toEqual(['stale_version', 'precondition_required']);
});
