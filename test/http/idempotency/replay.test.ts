import { sql } from 'drizzle-orm';
import { setCookie } from 'hono/cookie';
import { describe, expect, it, vi } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { outboxRepository } from '../../../src/outbox/repository.ts';
import worker from '../../../src/worker.ts';
import { resetWireStats, wireStats } from '../../support/database.ts';
import { SECRET_KEY } from '../../support/names.ts';
import { signIn } from '../../support/sign-in.ts';
import { appWith, database, db, effect, effects, keys, newKey, useEffects, write } from './fixture.ts';

useEffects();

const variables = () => ({ DATABASE_URL: database.url, BCRYPT_COST: '4', SECRET_KEY });
const bytesOf = async (response: Response) => [...new Uint8Array(await response.arrayBuffer())];
let users = 0;
const someone = () => {
  users++;
  return { username: `ada${users}`, email: `ada${users}@example.com`, password: 'correct horse' };
};

describe('the same request again', () => {
  it('gets the same answer byte for byte, and nothing is done again', async () => {
    const app = createApp(variables());
    const registered = someone();
    const request = write(newKey(), {}, registered);
    const first = await app.request('/v1/users', request);
    const again = await app.request('/v1/users', request);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(first.headers.get('Idempotency-Replayed')).toBeNull();
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    for (const name of ['Content-Type', 'Location']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    expect(again.headers.get('Location')).toMatch(/^\/v1\/users\//);
    expect(again.headers.get('X-Request-Id')).not.toBe(first.headers.get('X-Request-Id'));
    expect(await bytesOf(again)).toEqual(await bytesOf(first));
    // One welcome mail, and it was sent after the response.
    const mails = await outboxRepository.all(db, { where: { orderingKey: registered.email } });
    expect(mails).toMatchObject([{ attempts: 1, doneAt: expect.any(Date) }]);
  });

  it('is told by the key, whether or not that stands in quotes', async () => {
    const app = appWith(async (c) => c.json(await c.var.db.batch((tx) => [effect(tx)]).then(() => 'ok')));
    await app.request('/v1/test/1', write('a"b'));
    expect((await app.request('/v1/test/1', write('"a\\"b"'))).headers.get('Idempotency-Replayed')).toBe('true');
    expect(await effects()).toEqual(['done']);
  });

  it('gets the headers that are of the answer, and no body where there was none', async () => {
    const app = appWith(async (c) => {
      await c.var.db.batch((tx) => [effect(tx)]);
      setCookie(c, 'a', '1', { httpOnly: true });
      setCookie(c, 'b', '2', { path: '/b' });
      c.header('Cache-Control', 'no-store');
      c.header('X-Other', 'of this request');
      return c.body(null, 204, { ETag: '"v1"' });
    });
    const request = write(newKey());
    const first = await app.request('/v1/test/1', request);
    const again = await app.request('/v1/test/1', request);
    expect([again.status, await again.text(), again.headers.get('X-Other')]).toEqual([204, '', null]);
    expect(again.headers.getSetCookie()).toEqual(['a=1; Path=/; HttpOnly', 'b=2; Path=/b']);
    for (const name of ['ETag', 'Cache-Control', 'Set-Cookie']) {
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
  });

  it('gets the same answer where nothing was written', async () => {
    const app = appWith((c) => c.json({ random: crypto.randomUUID() }, 202));
    const request = write(newKey());
    const [first, again] = [await app.request('/v1/test/1', request), await app.request('/v1/test/1', request)];
    expect([again.status, await again.json()]).toEqual([202, await first.json()]);
  });

  it('gets bytes that are no text', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const app = appWith((c) => c.body(bytes, 200, { 'Content-Type': 'application/octet-stream' }));
    const request = write(newKey());
    await app.request('/v1/test/1', request);
    expect(await bytesOf(await app.request('/v1/test/1', request))).toEqual([...bytes]);
  });
});

describe('an answer', () => {
  it('is forgotten after 24 hours, and the key is free again', async () => {
    const app = appWith(async (c) => c.json(await c.var.db.batch((tx) => [effect(tx)]).then(() => 'ok')));
    const key = newKey();
    await app.request('/v1/test/1', write(key));
    const [stored] = await keys();
    expect(Number(stored?.expiresAt) - Number(stored?.createdAt)).toBe(24 * 3_600_000);
    await db.statement((q) => q.execute(sql`update idempotency_keys set expires_at = now()`));
    const again = await app.request('/v1/test/1', write(key, {}, { other: true }));
    expect([again.status, again.headers.get('Idempotency-Replayed')]).toEqual([200, null]);
    expect(await effects()).toEqual(['done', 'done']);
    expect(await keys()).toHaveLength(1);
  });

  it('is removed by the schedule once it has expired', async () => {
    const app = appWith((c) => c.json('ok'));
    await app.request('/v1/test/1', write('expires'));
    await db.statement((q) => q.execute(sql`update idempotency_keys set expires_at = now()`));
    await app.request('/v1/test/1', write('stays'));
    await worker.scheduled(undefined, variables());
    expect(await keys()).toHaveLength(1);
    expect((await app.request('/v1/test/1', write('stays'))).headers.get('Idempotency-Replayed')).toBe('true');
  });

  it('is stored so that nobody can read it without the key (ASVS 5.0 11.3.2, 14.2.4)', async () => {
    const token = 'kura_token_that_nobody_may_read';
    const app = appWith((c) => c.json({ token }, 200, { 'Set-Cookie': `__Host-session=${token}` }));
    const request = write('a key that nobody knows'.replaceAll(' ', '-'), {}, { password: token });
    await app.request('/v1/test/1', request);
    await app.request('/v1/test/2', { ...request, headers: { ...request.headers, 'Idempotency-Key': 'another' } });
    const dump = JSON.stringify(
      await db.statement((q) =>
        q.execute(sql`select encode(sealed, 'escape') as sealed, k::text from idempotency_keys k`),
      ),
    );
    expect(dump).not.toMatch(/kura_token|__Host|application|nobody-knows/);
    expect(dump).not.toContain(Buffer.from(token).toString('hex'));

    // The answer of one key, put under another, is refused, and so is one that was altered.
    const log = vi.spyOn(console, 'error').mockReturnValue();
    await db.statement((q) =>
      q.execute(
        sql`update idempotency_keys k set sealed = o.sealed from idempotency_keys o where o.key_hash <> k.key_hash`,
      ),
    );
    expect((await app.request('/v1/test/1', request)).status).toBe(500);
    log.mockRestore();
  });
});

describe('round trips on the wire', () => {
  const budget = async (run: () => unknown) => {
    await resetWireStats(database);
    await run();
    const { http, websocket } = await wireStats(database);
    return { http: http.roundTrips, websocket: websocket.roundTrips };
  };

  it('are 3 after the handshake where nothing asks who it is: look-up, effect, answer and COMMIT; 1 for a replay', async () => {
    const { headers } = await signIn(database);
    const app = appWith(async (c) => {
      await c.var.db.batch((tx) => [effect(tx), effect(tx)], { settings: { 'app.user_id': crypto.randomUUID() } });
      return c.json('ok', 201);
    });
    const request = write(newKey(), headers);
    expect(await budget(() => app.request('/v1/test/1', request))).toEqual({ http: 1, websocket: 2 });
    expect(await budget(() => app.request('/v1/test/1', request))).toEqual({ http: 1, websocket: 0 });
    expect(await effects()).toEqual(['done', 'done']);
  });

  it('are 4 for a post, with who asks, by If-Match too, whose version is gone when the answer comes again', async () => {
    const { headers } = await signIn(database);
    const app = createApp(variables());
    const created = await app.request('/v1/posts', write(newKey(), headers, { title: 'One', body: 'Text' }));
    expect(created.status).toBe(201);
    const path = created.headers.get('Location') ?? '';
    const change = write(newKey(), { ...headers, 'If-Match': '"v1"' }, { title: 'Two' }, 'PATCH');
    let first: Response | undefined;
    expect(await budget(async () => (first = await app.request(path, change)))).toEqual({ http: 2, websocket: 2 });
    let again = new Response();
    expect(await budget(async () => (again = await app.request(path, change)))).toEqual({ http: 1, websocket: 0 });
    expect([again.status, again.headers.get('ETag')]).toEqual([200, '"v2"']);
    expect(await again.text()).toBe(await first?.text());
    expect(
      (await app.request(path, { ...change, headers: { ...change.headers, 'Idempotency-Key': newKey() } })).status,
    ).toBe(412);
  });

  it('are none for a key that is none, and not more than before without one', async () => {
    const app = appWith(async (c) => c.json(await c.var.db.batch((tx) => [effect(tx)]).then(() => 'ok')));
    expect(await budget(() => app.request('/v1/test/1', write('')))).toEqual({ http: 0, websocket: 0 });
    const { 'Idempotency-Key': _, ...headers } = write('').headers;
    const plain = { ...write(''), headers };
    expect(await budget(() => app.request('/v1/test/1', plain))).toEqual({ http: 1, websocket: 0 });
    expect(await keys()).toEqual([]);
  });
});
