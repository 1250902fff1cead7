import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createApp } from '../../src/app.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import type { AppEnv } from '../../src/http/context.ts';
import { describe as describeRoute, describing } from '../../src/http/operation.ts';
import { valid } from '../../src/http/validation.ts';
import { openapiDocument } from '../../src/openapi/document.ts';
import { signedIn } from '../../src/users/actor.ts';
import { operationsOf } from '../support/openapi.ts';

const done = describeRoute({ summary: 'Do it', success: { status: 204, description: 'It is done' } });
const documentOf = async (app: Parameters<typeof openapiDocument>[0]) => operationsOf(await openapiDocument(app));
const nothing = () => new Response();

describe('the document of the service', () => {
  let operations: ReturnType<typeof operationsOf>;
  beforeAll(async () => {
    operations = await documentOf(createApp({}));
  });

  it('has every route but the pages', () => {
    const routes = createApp({}).routes.filter(
      ({ method, path }) => method !== 'ALL' && !/^\/(_dev|account)\//.test(path),
    );
    const keys = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...new Set(keys)].sort());
  });

  it('says of each what it takes and answers, with the closed list of codes of every error', () => {
    for (const { path, operation, problemCodes } of operations) {
      expect(operation).toMatchObject({ operationId: expect.any(String), tags: [expect.any(String)] });
      expect(Object.keys(operation.responses).filter((status) => status.startsWith('2'))).toHaveLength(1);
      for (const status of Object.keys(operation.responses).filter((status) => status >= '400')) {
        expect(problemCodes(status).length).toBeGreaterThan(0);
        expect(ERROR_CODES).toEqual(expect.arrayContaining(problemCodes(status)));
      }
      if (path.startsWith('/v1/')) {
        expect(problemCodes('500')).toContain('internal');
        expect(problemCodes('503')).toContain('unavailable');
      }
    }
  });

  it('shows what registering takes and gives', () => {
    const register = operations.find(({ operation }) => operation.operationId === 'postUsers');
    expect(register?.operation).toMatchObject({
      tags: ['Users'],
      summary: 'Register',
      security: [],
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/CreateUser' } } } },
      responses: { 201: { headers: { Location: {} }, content: { 'application/json': {} } }, 413: {}, 415: {} },
    });
    expect(register?.problemCodes('400')).toEqual(['malformed_json', 'email_taken', 'username_taken']);
    expect(register?.problemCodes('422')).toContain('invalid_input');
  });

  it('says of every write, and of no read, that it takes an Idempotency-Key', () => {
    const api = operations.filter(({ path }) => path.startsWith('/v1/'));
    for (const { method, operation, problemCodes } of api) {
      const takes = JSON.stringify(operation.parameters ?? []).includes('"Idempotency-Key"');
      expect(takes).toBe(method !== 'GET');
      expect(problemCodes('409').includes('idempotency_in_progress')).toBe(takes);
      expect(problemCodes('422').includes('idempotency_mismatch')).toBe(takes);
    }
  });

  it('names what signing in takes, and refuses a foreign page where the cookie could be forged', () => {
    const me = operations.find(({ operation }) => operation.operationId === 'getUsersMe');
    expect(me?.operation.security).toEqual([{ bearer: [] }, { password: [] }, { cookie: [] }]);
    expect(me?.problemCodes('401')).toEqual(['unauthenticated']);
  });
});

describe('any application', () => {
  it('joins what the middlewares on the way to a route say, and only those', async () => {
    const app = new Hono<AppEnv>()
      .get('/v1/things/:id', done, valid('param', z.object({ id: z.uuid() })), nothing)
      .use('/v1/*', signedIn() as never)
      .delete('/v1/things/:id', done, valid('param', z.object({ id: z.uuid() })), nothing);
    const [read, remove] = await documentOf(app);
    expect(read?.operation.security).toEqual([]);
    expect(remove?.operation.security).toHaveLength(3);
    expect(remove?.problemCodes('403')).toEqual(['foreign_origin']);
    expect(remove?.operation.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
    ]);
  });

  it('leaves what matters to writes alone out of reads', async () => {
    const keyed = describing(signedIn(), { writesOnly: true, errors: ['idempotency_mismatch'] });
    const app = new Hono<AppEnv>()
      .use('/v1/*', keyed as never)
      .get('/v1/things', done, nothing)
      .put('/v1/things', done, nothing);
    const [read, write] = await documentOf(app);
    expect(read?.problemCodes('422')).toEqual([]);
    expect(write?.problemCodes('422')).toEqual(['idempotency_mismatch']);
  });

  it.each([
    ['no summary', new Hono<AppEnv>().post('/v1/things', nothing), 'POST /v1/things has no summary'],
    [
      'no success',
      new Hono<AppEnv>().get('/v1/things', describeRoute({ summary: 'List' }), nothing),
      'GET /v1/things has no success',
    ],
    [
      'a parameter of which nothing is said',
      new Hono<AppEnv>().get('/v1/things/:id', done, nothing),
      'GET /v1/things/:id: no schema says what :id is',
    ],
    [
      'an id that another has',
      new Hono<AppEnv>().get('/v1/a-b', done, nothing).get('/v1/a/b', done, nothing),
      'Two operations are called getAB',
    ],
  ])('is not described with a route with %s', async (_, app, message) => {
    await expect(openapiDocument(app)).rejects.toThrow(message);
  });
});
