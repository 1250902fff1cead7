import { sql } from 'drizzle-orm';
import type { Handler } from 'hono';
import { setCookie } from 'hono/cookie';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import type { AppEnv } from '../../../src/http/context.ts';
import { idempotencyKeys } from '../../../src/http/idempotency/table.ts';
import { signIn } from '../../support/sign-in.ts';
import { appWith, database, db, effect, effects, keys, newKey, useEffects, write } from './fixture.ts';

useEffects();

const effectAnd201: Handler<AppEnv> = async (c) =>
  c.json(await c.var.db.batch((tx) => [effect(tx)]).then(() => 'ok'), 201);
const once = () => appWith(effectAnd201);

describe('a key', () => {
  it.each([
    ['empty', ''],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['with a blank', 'a b'],
    ['with a tab', 'a\tb'],
    ['with an open quote', '"abc'],
    ['with parameters', '"abc";a=1'],
    ['empty in quotes', '""'],
    ['longer than 255 characters in quotes', `"${'x'.repeat(256)}"`],
    ['sent twice', 'a, b'],
  ])('that is %s is refused', async (_, key) => {
    const response = await once().request('/v1/test/1', write(key));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid_input',
      errors: [{ path: 'header.Idempotency-Key', message: expect.stringContaining('255') }],
    });
    expect(await effects()).toEqual([]);
  });

  it('may be of 255 characters, and have every visible one', async () => {
    const app = once();
    const visible = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
    for (const key of ['x'.repeat(255), `"${'x'.repeat(254)}"`, visible.replace(/^!"/, '!"'), '8e03978e-40d5']) {
      expect((await app.request('/v1/test/1', write(key))).status).toBe(201);
    }
  });

  it.each([
    ['body', '/v1/test/1', write('key', {}, { other: true })],
    ['path', '/v1/test/2', write('key')],
    ['query', '/v1/test/1?x=1', write('key')],
    ['content type', '/v1/test/1', write('key', { 'Content-Type': 'application/json; charset=utf-8' })],
  ])('is not for a request with another %s', async (_, path, request) => {
    const app = once();
    await app.request('/v1/test/1', write('key'));
    const response = await app.request(path, request);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'idempotency_mismatch' });
    expect((await app.request('/v1/test/1', write('key'))).headers.get('Idempotency-Replayed')).toBe('true');
    expect(await effects()).toEqual(['done']);
  });

  it('is one of its actor and its route, and nobody else’s (ASVS 5.0 8.2.2)', async () => {
    const app = once();
    const [ada, bob] = [await signIn(database), await signIn(database)];
    for (const headers of [{}, ada.headers, bob.headers]) {
      for (const method of ['POST', 'PATCH']) {
        const response = await app.request('/v1/test/1', write('key', headers, {}, method));
        expect([response.status, response.headers.get('Idempotency-Replayed')]).toEqual([201, null]);
      }
    }
    expect(await effects()).toHaveLength(6);
    const again = await app.request('/v1/test/1', write('key', ada.headers));
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
  });

  it('that is easy to guess is no way to try passwords: after 10 its answer is nobody’s (ASVS 5.0 6.3.1)', async () => {
    const app = once();
    const { headers } = await signIn(database);
    const send = async (password: string, of = {}) =>
      (await app.request('/v1/test/1', write('1', of, { password }))).status;
    expect(await send('right')).toBe(201);
    for (let i = 0; i < 10; i++) expect(await send(`wrong ${i}`)).toBe(422);
    expect(await send('right')).toBe(201);
    expect(await send('wrong')).toBe(422);
    expect(await send('right')).toBe(422);
    expect(await effects()).toEqual(['done']);

    // Nobody but the actor can send an actor's key.
    expect(await send('right', headers)).toBe(201);
    for (let i = 0; i < 12; i++) expect(await send(`wrong ${i}`, headers)).toBe(422);
    expect(await send('right', headers)).toBe(201);
  }, 30_000);

  it('means nothing for a read', async () => {
    const app = appWith((c) => c.json('ok'));
    const response = await app.request('/health/live', { headers: { 'Idempotency-Key': '' } });
    expect(response.status).toBe(200);
    const users = await app.request('/v1/users/me', { headers: { 'Idempotency-Key': '' } });
    expect(users.status).toBe(401);
  });
});

describe('many at once', () => {
  it('are refused while the first is under way, and then get its answer', async () => {
    const app = appWith(effectAnd201, { CORS_ORIGINS: 'https://app.example.com' });
    const request = write(newKey(), { Origin: 'https://app.example.com' });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: locked, resolve: lock } = Promise.withResolvers<void>();
    const holder = db.transaction(async (tx) => {
      await tx.statement((q) => q.execute(sql`lock table effects in share mode`));
      lock();
      await held;
    });
    await locked;
    const first = app.request('/v1/test/1', request);
    await vi.waitFor(async () => {
      const waiting = sql`select 1 from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.relation = 'effects'::regclass and not l.granted`;
      expect(await db.statement((q) => q.execute(waiting))).toHaveLength(1);
    });
    const second = await app.request('/v1/test/1', request);
    expect([second.status, second.headers.get('Retry-After')]).toEqual([409, '1']);
    expect(await second.json()).toMatchObject({ code: 'idempotency_in_progress' });
    expect(Object.fromEntries(second.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'cache-control': 'no-store',
      vary: 'Origin',
    });
    release();
    await holder;
    expect((await first).status).toBe(201);
    expect((await app.request('/v1/test/1', request)).headers.get('Idempotency-Replayed')).toBe('true');
    expect(await effects()).toEqual(['done']);
  });

  it('have one effect: of 100, one does it, and the others get its answer or 409', async () => {
    const app = once();
    const request = write(newKey());
    const answers = await Promise.all(Array.from({ length: 100 }, () => app.request('/v1/test/1', request)));
    const told = answers.map(
      ({ status, headers }) => `${status}${headers.has('Idempotency-Replayed') ? ' again' : ''}`,
    );
    expect(told.filter((answer) => answer === '201')).toHaveLength(1);
    expect(told.filter((answer) => !['201', '201 again', '409'].includes(answer))).toEqual([]);
    expect(await effects()).toEqual(['done']);
  }, 30_000);

  it('have one effect though one was saved without the lock', async () => {
    const stored: (typeof idempotencyKeys.$inferInsert)[] = [];
    const app = appWith(async (c) => {
      await c.var.db.batch((tx) => [effect(tx)]);
      setCookie(c, 'session', 'undone');
      if (stored.length > 0) await c.var.db.outside.statement((q) => q.insert(idempotencyKeys).values(stored));
      return c.json({ answer: crypto.randomUUID() });
    });
    const request = write(newKey());
    const first = await app.request('/v1/test/1', request);
    stored.push(...(await keys()));
    await db.statement((q) => q.delete(idempotencyKeys));
    const again = await app.request('/v1/test/1', request);
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect(await effects()).toEqual(['done']);
  });
});

describe('a request that fails', () => {
  it.each([
    ['throws', () => new AppError('forbidden')],
    ['answers so', () => new Response('no', { status: 403 })],
  ])('leaves nothing where it %s, and runs anew', async (_, failing) => {
    let fails = true;
    const app = appWith(async (c) => {
      await c.var.db.batch((tx) => [effect(tx)]);
      await c.var.db.outside.batch((tx) => [effect(tx, 'outside')]);
      if (!fails) return c.json('ok');
      const failure = failing();
      if (failure instanceof Error) throw failure;
      return failure;
    });
    const request = write(newKey());
    expect((await app.request('/v1/test/1', request)).status).toBe(403);
    expect([await effects(), await keys()]).toEqual([['outside'], []]);
    fails = false;
    const again = await app.request('/v1/test/1', request);
    expect([again.status, again.headers.get('Idempotency-Replayed')]).toEqual([200, null]);
    expect(await effects()).toEqual(['done', 'outside', 'outside']);
  });

  it('leaves nothing where it throws what is no error', async () => {
    const app = appWith(async (c) => {
      await c.var.db.batch((tx) => [effect(tx)]);
      throw 'up';
    });
    await expect(app.request('/v1/test/1', write(newKey()))).rejects.toBe('up');
    expect([await effects(), await keys()]).toEqual([[], []]);
  });

  it('at COMMIT takes its answer back, its cookie with it', async () => {
    const deferred = sql`create table if not exists late (id int references late_target deferrable initially deferred)`;
    await db.statement((q) => q.execute(sql`create table if not exists late_target (id int primary key)`));
    await db.statement((q) => q.execute(deferred));
    const app = appWith(async (c) => {
      await c.var.db.batch((tx) => [effect(tx), tx.statement((q) => q.execute(sql`insert into late values (1)`))]);
      setCookie(c, 'session', 'a token of nobody');
      return c.json('ok', 201, { Location: '/v1/test/1', ETag: '"v1"' });
    });
    const response = await app.request('/v1/test/1', write(newKey()));
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'foreign_key' });
    for (const name of ['Set-Cookie', 'Location', 'ETag']) expect(response.headers.get(name)).toBeNull();
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect([await effects(), await keys()]).toEqual([[], []]);
  });

  it('in conflict with another transaction is for the client to send again', async () => {
    const app = appWith(async (c) => {
      await c.var.db.batch((tx) => [
        effect(tx),
        tx.statement((q) => q.execute(sql`select kura_fail('40001', 'effects')`)),
      ]);
      return c.json('ok');
    });
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const response = await app.request('/v1/test/1', write(newKey()));
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '1']);
    log.mockRestore();
    expect(await effects()).toEqual([]);
  });
});
