import { sql } from 'drizzle-orm';
import { boolean, integer, numeric, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { id, identity, softDelete } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { type OrderBy, termsOf } from '../../src/db/pagination/order.ts';
import { pageSql } from '../../src/db/pagination/seek.ts';
import { entityOf } from '../../src/db/repository/entity.ts';
import { repository } from '../../src/db/repository.ts';
import { createTestDatabase } from '../support/database.ts';

const marks = pgTable('marks', {
  ...id(),
  grade: integer('grade'),
  name: text('name'),
  kind: text('kind').notNull(),
  score: numeric('score').notNull(),
  passed: boolean('passed'),
  at: timestamp('at', { withTimezone: true }),
  ...softDelete(),
});
type Mark = typeof marks.$inferSelect;
const events = pgTable('events', { ...identity(), kind: text('kind').notNull(), rank: integer('rank') });
const repo = repository(marks);
const log = repository(events);
const secret = 'a secret of sixteen bytes';

let db: Database;
beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  const run = (query: ReturnType<typeof sql>) => db.statement((q) => q.execute(query));
  await run(sql`create table marks (id uuid primary key, grade integer, name text, kind text not null,
    score numeric not null, passed boolean, at timestamptz, is_deleted boolean not null default false,
    deleted_at timestamptz(3))`);
  await run(
    sql`create table events (id bigint primary key generated always as identity, kind text not null, rank integer)`,
  );
  // Microseconds and more digits than a double has: a position kept as a Date or a number would lose rows.
  await run(sql`insert into marks (id, grade, name, kind, score, passed, at)
    select gen_random_uuid(), nullif(i % 4, 0), nullif(chr(97 + i % 3), 'a'), chr(65 + i % 2),
      12345678901234567890.1 + (i % 5) * 0.0000001, case i % 3 when 0 then true when 1 then false end,
      case when i % 7 > 0 then timestamptz '2024-01-01 00:00:00.000001+00' + (i % 6) * interval '1 microsecond' end
    from generate_series(1, 60) i`);
  await run(
    sql`insert into events (kind, rank) select chr(97 + i % 3), nullif(i % 50, 0) from generate_series(1, 20000) i`,
  );
  await run(sql`create index on events (kind, id)`);
  await run(sql`create index on events (kind, rank desc, id desc)`);
  await run(sql`analyze events`);
});

const KEYS = ['grade', 'name', 'kind', 'score', 'passed', 'at', 'id'] as const;
const anyOrder: fc.Arbitrary<OrderBy<typeof marks>> = fc
  .uniqueArray(fc.constantFrom(...KEYS), { maxLength: 4 })
  .chain((columns) =>
    fc.tuple(
      ...columns.map((column) =>
        fc
          .record(
            {
              direction: fc.constantFrom('asc' as const, 'desc' as const),
              nulls: fc.constantFrom('first' as const, 'last' as const),
            },
            { requiredKeys: [] },
          )
          .map((placing) => ({ column, ...placing })),
      ),
    ),
  );

describe('a walk over keyset pages', () => {
  const walk = async (orderBy: OrderBy<typeof marks>, limit: number, where?: Parameters<typeof repo.count>[1]) => {
    const forwards: string[] = [];
    const backwards: string[] = [];
    const ids = (items: Mark[]) => items.map(({ id }) => id);
    let page = await repo.page(db, { where, orderBy, limit, secret });
    expect(page.previous).toBeNull();
    forwards.push(...ids(page.items));
    while (page.next) {
      page = await repo.page(db, { where, orderBy, limit, secret, cursor: page.next });
      expect(page.items.length).toBeGreaterThan(0);
      forwards.push(...ids(page.items));
    }
    backwards.unshift(...ids(page.items));
    while (page.previous) {
      page = await repo.page(db, { where, orderBy, limit, secret, cursor: page.previous });
      backwards.unshift(...ids(page.items));
      expect(page.next).not.toBeNull();
    }
    return { forwards, backwards };
  };

  it('meets every row once, in order, both ways, for any order', async () => {
    await fc.assert(
      fc.asyncProperty(anyOrder, fc.integer({ min: 4, max: 25 }), async (orderBy, limit) => {
        const whole = (await repo.all(db, { orderBy, limit: 1000 })).map(({ id }) => id);
        expect(whole).toHaveLength(60);
        expect(await walk(orderBy, limit)).toEqual({ forwards: whole, backwards: whole });
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('meets them on pages of one row too', async () => {
    const orderBy: OrderBy<typeof marks> = ['passed', { column: 'grade', direction: 'desc', nulls: 'last' }, '-at'];
    const whole = (await repo.all(db, { orderBy, limit: 1000 })).map(({ id }) => id);
    expect(await walk(orderBy, 1)).toEqual({ forwards: whole, backwards: whole });
  }, 60_000);

  it('keeps to its filter', async () => {
    const where = { grade: { gt: 1 }, name: null };
    const whole = (await repo.all(db, { where, orderBy: ['-at', 'kind'] })).map(({ id }) => id);
    expect(whole.length).toBeGreaterThan(4);
    expect(await walk(['-at', 'kind'], 3, where)).toEqual({ forwards: whole, backwards: whole });
  });

  it('is what iterate does', async () => {
    const whole = await repo.all(db, { orderBy: ['-name', 'at'], limit: 1000 });
    const rows = [];
    for await (const row of repo.iterate(db, { orderBy: ['-name', 'at'], chunk: 7 })) rows.push(row);
    expect(rows).toEqual(whole);
  });

  it('counts all rows if asked, on every page', async () => {
    const first = await repo.page(db, { orderBy: ['grade'], limit: 50, total: true, secret });
    expect(first).toMatchObject({ total: 60, previous: null });
    const last = await repo.page(db, { orderBy: ['grade'], limit: 50, total: true, secret, cursor: first.next ?? '' });
    expect(last).toMatchObject({ total: 60, next: null });
    expect(last.items).toHaveLength(10);
    const none = await repo.page(db, { where: { kind: 'none' }, total: true, secret });
    expect(none).toEqual({ items: [], total: 0, next: null, previous: null });
  });

  it('neither skips nor repeats a row when others come and go', async () => {
    const rows = await db.batch((tx) => [
      log.createMany(
        tx,
        ['p', 'p', 'p', 'p'].map((kind, rank) => ({ kind, rank })),
      ),
    ]);
    const where = { kind: 'p' };
    const first = await log.page(db, { where, orderBy: ['rank'], limit: 2, secret });
    await db.batch((tx) => [log.delete(tx, rows[0][1]?.id ?? 0), log.create(tx, { kind: 'p', rank: -1 })]);
    const second = await log.page(db, { where, orderBy: ['rank'], limit: 2, secret, cursor: first.next ?? '' });
    expect(second.items.map(({ rank }) => rank)).toEqual([2, 3]);
  });
});

describe('a cursor', () => {
  const first = () => repo.page(db, { orderBy: ['-grade'], limit: 3, secret });
  const refused = { code: 'invalid_cursor', fields: [{ path: 'cursor', message: 'is not a cursor of this list' }] };

  it('is refused with any one character altered', async () => {
    const { next } = await first();
    const cursor = next ?? '';
    await fc.assert(
      fc.asyncProperty(
        fc.nat(cursor.length - 1),
        fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= .'),
        async (i, character) => {
          fc.pre(cursor[i] !== character);
          const altered = cursor.slice(0, i) + character + cursor.slice(i + 1);
          await expect(repo.page(db, { orderBy: ['-grade'], limit: 3, secret, cursor: altered })).rejects.toMatchObject(
            refused,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is refused by every other list', async () => {
    const cursor = (await first()).next ?? '';
    const others = [
      () => repo.page(db, { orderBy: ['grade'], secret, cursor }),
      () => repo.page(db, { orderBy: [{ column: 'grade', direction: 'desc', nulls: 'last' }], secret, cursor }),
      () => repo.page(db, { orderBy: ['-grade', 'name'], secret, cursor }),
      () => repo.page(db, { orderBy: ['-grade'], where: { kind: 'A' }, secret, cursor }),
      () => repo.withDeleted.page(db, { orderBy: ['-grade'], secret, cursor }),
      () => log.page(db, { secret, cursor }),
      () => repo.page(db, { orderBy: ['-grade'], secret: 'another secret of ours', cursor }),
      () => repo.page(db, { orderBy: ['-grade'], secret, cursor: '' }),
      () => repo.page(db, { orderBy: ['-grade'], secret, cursor: 'x'.repeat(100) }),
    ];
    for (const other of others) await expect(other()).rejects.toMatchObject(refused);
  });

  it('is refused by the same list of another value', async () => {
    const { next } = await repo.page(db, { where: { kind: 'A' }, limit: 3, secret });
    const other = repo.page(db, { where: { kind: 'B' }, limit: 3, secret, cursor: next ?? '' });
    await expect(other).rejects.toMatchObject(refused);
  });

  it('knows one filter, however it is written, and any page size', async () => {
    const one = await repo.page(db, { where: { kind: 'A', grade: { gte: 1, lt: 9 } }, limit: 3, secret });
    const two = await repo.page(db, {
      where: { grade: { gte: 1, lt: 9 }, kind: 'A' },
      limit: 5,
      secret,
      cursor: one.next ?? '',
    });
    expect(two.items).toHaveLength(5);
  });

  it('needs a secret worth the name', async () => {
    await expect(repo.page(db, { limit: 3, secret: 'short' })).rejects.toMatchObject({ code: 'misuse' });
  });
});

describe('a request', () => {
  it.each([{ limit: 0 }, { limit: 1.5 }, { limit: Number.NaN }])('is refused with %j', async (request) => {
    await expect(repo.page(db, { ...request, secret })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is refused with an order that is none', async () => {
    const orders = [['nmae'], ['grade', '-grade'], ['constructor']] as unknown as OrderBy<typeof marks>[];
    for (const orderBy of orders) {
      await expect(async () => repo.all(db, { orderBy })).rejects.toMatchObject({ code: 'invalid_input' });
    }
    // @ts-expect-error no such field
    const wrong: OrderBy<typeof marks> = ['nmae'];
    expect(wrong).toBeDefined();
  });
});

describe('the plan of a deep page', () => {
  const entity = entityOf(events);
  const planOf = async (orderBy: OrderBy<typeof events>, position: string[]): Promise<string> => {
    const page = pageSql(entity, termsOf(entity, orderBy), sql`true`, 3, position);
    const lines = await db.statement((q) =>
      q.execute(sql`explain (analyze, costs off, timing off) select * from ${page}`),
    );
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  };

  it.each<[string, OrderBy<typeof events>, string[]]>([
    ['one column', [], ['15000']],
    ['columns of one direction', ['kind', 'id'], ['b', '15000']],
    ['the same backwards', ['-kind', '-id'], ['b', '15000']],
    ['mixed directions and NULLs', ['kind', '-rank', '-id'], ['b', '25', '10000']],
    ['the same backwards', ['-kind', { column: 'rank', nulls: 'last' }, 'id'], ['b', '25', '10000']],
  ])('for %s reads a few entries of the index, and sorts no more than a page', async (_, orderBy, position) => {
    const plan = await planOf(orderBy, position);
    expect(plan).not.toMatch(/Seq Scan|Filter|Bitmap/);
    const scans = plan.match(/Index (Only )?Scan/g) ?? [];
    expect(scans.length).toBeGreaterThan(0);
    expect(plan.match(/Index Cond/g)).toHaveLength(scans.length);
    for (const [, rows] of plan.matchAll(/actual rows=([\d.]+)/g)) expect(Number(rows)).toBeLessThanOrEqual(4);
  });
});
