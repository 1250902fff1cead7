import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { parseEnv } from '../../src/env.ts';
import type { AppEnv } from '../../src/http/context.ts';
import { loadShedding } from '../../src/http/load-shedding.ts';
import { problemHandler } from '../../src/http/problem.ts';
import { createTestDatabase } from '../support/database.ts';

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** An app whose one route waits until `end` is called, or the test is over. */
function waiting(variables: object) {
  const env = parseEnv({ DATABASE_URL: 'postgres://user:password@host/database', ...variables });
  const { promise, resolve } = Promise.withResolvers<void>();
  ended.push(resolve);
  const app = new Hono<AppEnv>().onError(problemHandler).use(async (c, next) => {
    c.set('env', env);
    await next();
  });
  app.use(loadShedding());
  app.get('/wait', (c) => promise.then(() => c.text('done')));
  app.get('/fail', () => {
    throw new Error('a fault');
  });
  return { app, end: resolve };
}

describe('more requests at once than an isolate takes', () => {
  it('are refused before anything is done for them, and told to come back', async () => {
    const { url } = await createTestDatabase();
    const app = createApp({ DATABASE_URL: url, MAX_CONCURRENT_REQUESTS: '2' });
    const list = () => app.request('/v1/posts');
    const answers = await Promise.all([list(), list(), list(), app.request('/health/live'), list()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503, 200, 503]);
    const refused = answers[2];
    expect(refused?.headers.get('Retry-After')).toBe('1');
    expect(await refused?.json()).toMatchObject({ code: 'overloaded', title: 'Too many requests at once' });
    expect((await list()).status).toBe(200);
  });

  it('are taken again as soon as one has ended, however it has', async () => {
    const { app, end } = waiting({ MAX_CONCURRENT_REQUESTS: '1' });
    expect((await app.request('/fail')).status).toBe(500);
    const first = app.request('/wait');
    expect((await app.request('/wait')).status).toBe(503);
    end();
    expect((await first).status).toBe(200);
    expect((await app.request('/wait')).status).toBe(200);
  });

  it('do not count those that the runtime has dropped', async () => {
    const { app } = waiting({ MAX_CONCURRENT_REQUESTS: '1', REQUEST_TIMEOUT_MS: '20' });
    void app.request('/wait');
    expect((await app.request('/fail')).status).toBe(503);
    await expect.poll(async () => (await app.request('/fail')).status).toBe(500);
  });
});
