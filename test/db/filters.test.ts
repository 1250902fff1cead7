import { sql } from 'drizzle-orm';
import { boolean, doublePrecision, integer, jsonb, pgEnum, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { id } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import type { Where } from '../../src/db/filters.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { repository } from '../../src/db/repository.ts';
import { createTestDatabase } from '../support/database.ts';

const mood = pgEnum('mood', ['sad', 'ok', 'happy']);
const things = pgTable('things', {
  ...id(),
  word: text('word'),
  number: integer('number'),
  ratio: doublePrecision('ratio'),
  flag: boolean('flag'),
  mood: mood('mood'),
  at: timestamp('at', { withTimezone: true, precision: 3 }),
  owner: uuid('owner'),
  tags: text('tags').array(),
  data: jsonb('data'),
});
type Thing = typeof things.$inferSelect;
const repo = repository(things);

let db: Database;
let all: Thing[];

const WORDS = ['', 'a', 'A', 'ab', 'b%', '%', '_', '\\', 'a_b', "o'neil", 'é', 'zz\\%', null];
const NUMBERS = [-2, -1, 0, 1, 2, 2_147_483_647, null];
const TIMES = [new Date(0), new Date('2024-02-29T12:00:00.123Z'), new Date('2024-02-29T12:00:00.124Z'), null];
const TAGS = [[], ['a'], ['a', 'b'], ['b,c', '"'], null];

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  await db.statement((q) => q.execute(sql`create type mood as enum ('sad', 'ok', 'happy')`));
  await db.statement((q) =>
    q.execute(sql`create table things (id uuid primary key, word text, number integer, ratio double precision,
      flag boolean, mood mood, at timestamptz(3), owner uuid, tags text[], data jsonb)`),
  );
  const pick = <V>(values: readonly V[], i: number): V => values[i % values.length] as V;
  [all] = await db.batch((tx) => [
    repo.createMany(
      tx,
      Array.from({ length: 91 }, (_, i) => ({
        word: pick(WORDS, i),
        number: pick(NUMBERS, i * 3),
        ratio: pick([0.1, -5, null], i),
        flag: pick([true, false, null], i >> 1),
        mood: pick(['sad', 'ok', 'happy', null] as const, i >> 2),
        at: pick(TIMES, i),
        tags: pick(TAGS, i),
        data: pick([{ a: 1, b: [1, 2] }, { a: 2 }, [1], 'text', null], i),
      })),
    ),
  ]);
});

const found = async (where: Where<typeof things>) =>
  (await repo.all(db, { where, limit: 1000 })).map(({ id }) => id).sort();
const expected = (predicate: (thing: Thing) => boolean) =>
  all
    .filter(predicate)
    .map(({ id }) => id)
    .sort();

describe('operators', () => {
  it.each<[string, Where<typeof things>, (thing: Thing) => boolean]>([
    ['a bare value', { number: 1 }, ({ number }) => number === 1],
    ['null', { number: null }, ({ number }) => number === null],
    ['ne null', { number: { ne: null } }, ({ number }) => number !== null],
    ['isNull false', { flag: { isNull: false } }, ({ flag }) => flag !== null],
    ['in', { number: { in: [1, 2] } }, ({ number }) => number === 1 || number === 2],
    ['in of none', { number: { in: [] } }, () => false],
    ['notIn of none', { number: { notIn: [] } }, () => true],
    ['notIn leaves NULL out', { number: { notIn: [1] } }, ({ number }) => number !== null && number !== 1],
    ['several at once', { number: { gte: 0, lt: 2 } }, ({ number }) => number === 0 || number === 1],
    ['between', { number: { between: [0, 2] } }, ({ number }) => number !== null && number >= 0 && number <= 2],
    ['a date', { at: { gt: new Date('2024-02-29T12:00:00.123Z') } }, ({ at }) => at?.getMilliseconds() === 124],
    ['an enum', { mood: { gt: 'sad' } }, ({ mood }) => mood === 'ok' || mood === 'happy'],
    ['an enum in a list', { mood: { in: ['sad', 'ok'] } }, ({ mood }) => mood === 'sad' || mood === 'ok'],
    ['like', { word: { like: 'a_' } }, ({ word }) => word === 'ab'],
    ['iEq', { word: { iEq: 'A' } }, ({ word }) => word === 'a' || word === 'A'],
    ['array contains', { tags: { contains: ['a'] } }, ({ tags }) => tags?.includes('a') ?? false],
    ['array containedBy', { tags: { containedBy: ['a', 'x'] } }, ({ tags }) => tags?.every((t) => t === 'a') ?? false],
    ['array overlaps', { tags: { overlaps: ['"', 'b'] } }, ({ tags }) => (tags?.length ?? 0) > 1],
    ['array eq', { tags: ['b,c', '"'] }, ({ tags }) => tags?.[1] === '"'],
    ['jsonb contains', { data: { contains: { a: 1 } } }, ({ data }) => JSON.stringify(data)?.includes('"a":1')],
    ['jsonb eq', { data: { eq: 'text' } }, ({ data }) => data === 'text'],
    ['an empty or', { or: [] }, () => false],
    ['an empty and', { and: [] }, () => true],
    ['nothing', {}, () => true],
    ['not', { not: { number: 1, flag: true } }, (t) => (t.number !== 1 && t.number !== null) || t.flag === false],
  ])('%s', async (_, where, predicate) => {
    const ids = expected(predicate);
    expect(await found(where)).toEqual(ids);
  });

  it.each(['%', '_', '\\', 'a_', 'b%', "o'", 'zz\\'])('finds %s as the text it is', async (part) => {
    expect(await found({ word: { startsWith: part } })).toEqual(
      expected(({ word }) => word?.startsWith(part) ?? false),
    );
    expect(await found({ word: { endsWith: part } })).toEqual(expected(({ word }) => word?.endsWith(part) ?? false));
    expect(await found({ word: { contains: part } })).toEqual(expected(({ word }) => word?.includes(part) ?? false));
  });
});

describe('agrees with a predicate in JavaScript', () => {
  /** SQL's three values: `undefined` is unknown. */
  type Truth = boolean | undefined;
  interface Filter {
    readonly where: Where<typeof things>;
    readonly holds: (thing: Thing) => Truth;
  }

  const compare = <K extends 'word' | 'number' | 'at'>(key: K, values: readonly NonNullable<Thing[K]>[]) => {
    const rank = (value: unknown) => (value instanceof Date ? value.getTime() : value);
    const binary = {
      eq: (a: unknown, b: unknown) => rank(a) === rank(b),
      ne: (a: unknown, b: unknown) => rank(a) !== rank(b),
      gt: (a: unknown, b: unknown) => Number(rank(a)) > Number(rank(b)),
      lte: (a: unknown, b: unknown) => Number(rank(a)) <= Number(rank(b)),
    };
    const names = key === 'word' ? (['eq', 'ne'] as const) : (['eq', 'ne', 'gt', 'lte'] as const);
    const known = (thing: Thing, test: (value: unknown) => boolean): Truth =>
      thing[key] === null ? undefined : test(thing[key]);
    return fc.oneof(
      fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)).map(
        ([name, value]): Filter => ({
          where: { [key]: { [name]: value } },
          holds: (thing) => known(thing, (own) => binary[name](own, value)),
        }),
      ),
      fc.subarray([...values]).map(
        (list): Filter => ({
          where: { [key]: { in: list } },
          // A list of none is false even for NULL, as Postgres' = any ('{}') is.
          holds: (thing) => (list.length ? known(thing, (own) => list.some((item) => binary.eq(own, item))) : false),
        }),
      ),
      fc.boolean().map(
        (isNull): Filter => ({
          where: { [key]: { isNull } },
          holds: (thing) => (thing[key] === null) === isNull,
        }),
      ),
    );
  };

  const leaf = fc.oneof(
    compare('number', [-2, -1, 0, 1, 2, 2_147_483_647]),
    compare(
      'at',
      TIMES.filter((time) => time !== null),
    ),
    compare(
      'word',
      WORDS.filter((word) => word !== null),
    ),
    fc
      .string({ maxLength: 3 })
      .filter((part) => part.isWellFormed() && !part.includes('\0'))
      .map(
        (part): Filter => ({
          where: { word: { contains: part } },
          holds: ({ word }) => (word === null ? undefined : word.includes(part)),
        }),
      ),
  );

  const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);
  const both = (truths: Truth[]): Truth =>
    truths.includes(false) ? false : truths.includes(undefined) ? undefined : true;
  const either = (truths: Truth[]): Truth => not(both(truths.map(not)));

  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      leaf,
      tie('filter').map(
        (inner): Filter => ({ where: { not: inner.where }, holds: (thing) => not(inner.holds(thing)) }),
      ),
      fc.array(tie('filter'), { maxLength: 3 }).map(
        (inner): Filter => ({
          where: { and: inner.map(({ where }) => where) },
          holds: (thing) => both(inner.map(({ holds }) => holds(thing))),
        }),
      ),
      fc.array(tie('filter'), { maxLength: 3 }).map(
        (inner): Filter => ({
          where: { or: inner.map(({ where }) => where) },
          holds: (thing) => either(inner.map(({ holds }) => holds(thing))),
        }),
      ),
    ),
  }));

  it('for any filter', async () => {
    await fc.assert(
      fc.asyncProperty(filter, async ({ where, holds }) => {
        expect(await found(where)).toEqual(expected((thing) => holds(thing) === true));
      }),
      { numRuns: 150 },
    );
  });
});

it('takes SQL for a part', async () => {
  const even = sql`number % 2 = 0`;
  expect(await found({ and: [even, { flag: true }] })).toEqual(
    expected(({ number, flag }) => number !== null && number % 2 === 0 && flag === true),
  );
  expect(await found({ or: [even, { number: 1 }] })).toEqual(
    expected(({ number }) => number !== null && (number % 2 === 0 || number === 1)),
  );
  expect(await found({ not: sql`number = 1 or number = 2` })).toEqual(
    expected(({ number }) => number !== null && number !== 1 && number !== 2),
  );
});

describe('what is wrong', () => {
  it.each<[string, object, { path: string; message?: string }[]]>([
    ['a field', { nmae: 1 }, [{ path: 'where.nmae' }]],
    ['a field of every object', { constructor: 1 }, [{ path: 'where.constructor' }]],
    ['an operator', { number: { greater: 1 } }, [{ path: 'where.number.greater' }]],
    ['an operator of another type', { number: { like: 'x' } }, [{ path: 'where.number.like' }]],
    ['no operator', { number: {} }, [{ path: 'where.number' }]],
    ['undefined', { number: undefined }, [{ path: 'where.number' }]],
    ['an undefined operand', { number: { eq: undefined } }, [{ path: 'where.number.eq' }]],
    ['a date that is none', { at: { gt: 'yesterday' } }, [{ path: 'where.at.gt' }]],
    ['an invalid date', { at: new Date(Number.NaN) }, [{ path: 'where.at' }]],
    ['null in a list', { number: { in: [1, null] } }, [{ path: 'where.number.in' }]],
    ['null compared', { number: { gt: null } }, [{ path: 'where.number.gt' }]],
    ['no list', { number: { in: 1 } }, [{ path: 'where.number.in' }]],
    ['a list for a group', { not: [{ number: 1 }] }, [{ path: 'where.not' }]],
    [
      'several, deep down',
      { or: [{ number: 1 }, { nmae: 1, and: [{ number: { x: 1, y: 2 } }] }] },
      [{ path: 'where.or.1.and.0.number.x' }, { path: 'where.or.1.and.0.number.y' }, { path: 'where.or.1.nmae' }],
    ],
  ])('%s is an error', async (_, where, fields) => {
    await expect(async () => repo.count(db, where)).rejects.toMatchObject({ code: 'invalid_input', fields });
  });

  it('is an error of the compiler', () => {
    const filters: Where<typeof things>[] = [
      // @ts-expect-error no such field
      { nmae: 1 },
      // @ts-expect-error no such operator
      { number: { greater: 1 } },
      // @ts-expect-error an operator of texts
      { number: { like: 'x' } },
      // @ts-expect-error a pattern on an enum
      { mood: { like: 'x' } },
      // @ts-expect-error no value of the enum
      { mood: 'angry' },
      // @ts-expect-error a value of another type
      { number: '1' },
      // @ts-expect-error a value of another type
      { at: { gt: 'yesterday' } },
      // @ts-expect-error undefined would ask for every row
      { number: undefined },
      // @ts-expect-error an order of booleans
      { flag: { gt: true } },
      // @ts-expect-error an object is no bare value
      { data: { a: 1 } },
    ];
    expect(filters).toHaveLength(10);
  });
});
