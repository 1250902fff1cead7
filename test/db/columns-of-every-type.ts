import {
  bigint,
  bigserial,
  bit,
  boolean,
  char,
  cidr,
  date,
  doublePrecision,
  inet,
  integer,
  interval,
  json,
  jsonb,
  line,
  macaddr,
  macaddr8,
  numeric,
  type PgColumnBuilderBase,
  pgEnum,
  point,
  real,
  serial,
  smallint,
  smallserial,
  text,
  time,
  timestamp,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { bytea } from '../../src/db/columns.ts';

export const mood = pgEnum('mood', ['sad', 'so so', 'NULL', 'q"u\\o,t{e}']);

/** A column, and values that come back exactly as they went in. */
export type Case = readonly [name: string, column: () => PgColumnBuilderBase, values: readonly unknown[]];

const MAX_INT8 = 9_223_372_036_854_775_807n;
const strings = [
  '',
  ' ',
  'plain',
  'NULL',
  'null',
  '{a,b}',
  '"q"',
  "it's",
  'back\\slash',
  '\n\t',
  '🦦 蔵 é\u0301',
  '\\x00',
];
const jsons = [
  ...['', 'plain', '123', 'null', 'true', '"x"', '{"a":1}', '\\', 'line\nbreak', '🦦'],
  ...[0, -1.5, 1e21, true, false, [], {}, [1, [null, 'two', { three: [3] }]], { 'a"b': { c: null }, d: '[1]' }],
];
const numbers = [0, 1, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const big = '1234567890123456789012345678901234567890.0987654321';
const instants = [
  '1970-01-01T00:00:00.000Z',
  '2024-02-29T23:59:59.999Z',
  '9999-12-31T23:59:59.999Z',
  '0099-01-01T00:00:00.000Z',
];
const bytes = (...values: number[]) => new Uint8Array(values);

const numeric_ = (mode: 'string' | 'number' | 'bigint') => () => numeric({ mode });

/** Every column of drizzle-orm/pg-core 0.45 that Postgres has without an extension. */
export const scalars: readonly Case[] = [
  ['bigint as number', () => bigint({ mode: 'number' }), [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
  ['bigint as bigint', () => bigint({ mode: 'bigint' }), [0n, -1n, MAX_INT8, -MAX_INT8 - 1n]],
  ['bigserial as number', () => bigserial({ mode: 'number' }), [1, Number.MAX_SAFE_INTEGER]],
  ['bigserial as bigint', () => bigserial({ mode: 'bigint' }), [1n, MAX_INT8]],
  ['bit', () => bit({ dimensions: 3 }), ['000', '101']],
  ['boolean', () => boolean(), [true, false]],
  ['bytea', () => bytea(), [bytes(), bytes(0, 1, 39, 92, 127, 128, 255)]],
  ['char', () => char({ length: 3 }), ['abc', 'a  ', '   ', '蔵蔵蔵']],
  ['cidr', () => cidr(), ['10.0.0.0/8', '2001:db8::/32']],
  ['date as date', () => date({ mode: 'date' }), ['1970-01-01', '2024-02-29', '9999-12-31'].map((d) => new Date(d))],
  ['date as string', () => date(), ['2024-02-29', 'infinity', '-infinity', '0044-03-15 BC', '5874897-12-31']],
  ['double precision', () => doublePrecision(), [...numbers, -0, 0.1 + 0.2, 5e-324, Number.MAX_VALUE]],
  ['enum', () => mood(), mood.enumValues],
  ['inet', () => inet(), ['127.0.0.1', '10.1.2.3/8', '::1']],
  ['integer', () => integer(), [0, 2_147_483_647, -2_147_483_648]],
  ['interval', () => interval(), ['00:00:00', '1 year 2 mons -3 days +04:05:06.789012', '-178000000 years']],
  ['json', () => json(), jsons],
  ['jsonb', () => jsonb(), jsons],
  ['line as tuple', () => line(), [[1, -1.5, 2]]],
  ['line as object', () => line({ mode: 'abc' }), [{ a: 1, b: -1.5, c: 2 }]],
  ['macaddr', () => macaddr(), ['08:00:2b:01:02:03']],
  ['macaddr8', () => macaddr8(), ['08:00:2b:01:02:03:04:05']],
  ['numeric as string', numeric_('string'), ['0', '1.50', big, `-${big}`, 'NaN', 'Infinity', '-Infinity']],
  ['numeric as number', numeric_('number'), [...numbers, 0.1, 1e21, 1e-7]],
  ['numeric as bigint', numeric_('bigint'), [0n, -1n, MAX_INT8 ** 3n]],
  ['numeric(40, 2)', () => numeric({ precision: 40, scale: 2 }), ['12345678901234567890123456789012345678.90']],
  [
    'point as tuple',
    () => point(),
    [
      [0, 0],
      [1.5, -2],
      [1e300, Number.NEGATIVE_INFINITY],
    ],
  ],
  ['point as object', () => point({ mode: 'xy' }), [{ x: 1.5, y: -2 }]],
  ['real', () => real(), [...numbers, -0, 0.1, 3.4028235e38]],
  ['serial', () => serial(), [1, 2_147_483_647]],
  ['smallint', () => smallint(), [0, 32_767, -32_768]],
  ['smallserial', () => smallserial(), [1, 32_767]],
  ['text', () => text(), strings],
  ['time', () => time(), ['00:00:00', '12:34:56.123456', '24:00:00']],
  ['time(0)', () => time({ precision: 0 }), ['12:34:56']],
  ['time with time zone', () => time({ withTimezone: true }), ['12:34:56.123456+05:30', '00:00:00-08']],
  ['timestamp as date', () => timestamp(), instants.map((d) => new Date(d))],
  [
    'timestamp as string',
    () => timestamp({ mode: 'string' }),
    [
      ...[
        '2024-02-29 23:59:59.123456',
        'infinity',
        '-infinity',
        '0044-03-15 12:00:00 BC',
        '294276-12-31 23:59:59.999999',
      ],
    ],
  ],
  ['timestamptz as date', () => timestamp({ withTimezone: true }), instants.map((d) => new Date(d))],
  [
    'timestamptz as string',
    () => timestamp({ mode: 'string', withTimezone: true }),
    [...['2024-02-29 23:59:59.123456+00', 'infinity', '-infinity', '0044-03-15 12:00:00+00 BC']],
  ],
  ['uuid', () => uuid(), ['00000000-0000-0000-0000-000000000000', '019376b4-7c2e-7b5a-8f3d-2a1b3c4d5e6f']],
  ['varchar', () => varchar({ length: 30 }), strings],
];

const instant = new Date('2024-02-29T23:59:59.999Z');

export const arrays: readonly Case[] = [
  ['bigint[] as number', () => bigint({ mode: 'number' }).array(), [[], [1, null, -1]]],
  ['bigint[] as bigint', () => bigint({ mode: 'bigint' }).array(), [[], [MAX_INT8, null]]],
  ['bit[]', () => bit({ dimensions: 3 }).array(), [['101', null]]],
  ['boolean[]', () => boolean().array(), [[true, null, false]]],
  ['bytea[]', () => bytea().array(), [[bytes(), null, bytes(0, 92, 255)]]],
  ['char[]', () => char({ length: 2 }).array(), [['ab', null, '蔵 ']]],
  ['cidr[]', () => cidr().array(), [['10.0.0.0/8', null]]],
  ['date[] as date', () => date({ mode: 'date' }).array(), [[new Date('2024-02-29'), null]]],
  ['date[] as string', () => date().array(), [['2024-02-29', null, '-infinity', '0044-03-15 BC']]],
  ['double precision[]', () => doublePrecision().array(), [[...numbers, null, 0.1]]],
  ['enum[]', () => mood().array(), [[], [...mood.enumValues, null], ['sad']]],
  ['inet[]', () => inet().array(), [['::1', null]]],
  ['integer[]', () => integer().array(), [[], [0], [2_147_483_647, null]]],
  [
    'integer[][]',
    () => integer().array().array(),
    [
      [],
      [
        [1, null],
        [3, 4],
      ],
    ],
  ],
  ['interval[]', () => interval().array(), [['1 day 02:00:00', null]]],
  ['json[]', () => json().array(), [[{ a: '"' }, 1, 'text', [], null], jsons]],
  ['jsonb[]', () => jsonb().array(), [[{ a: '"' }, 1, 'text', [], null], jsons]],
  ['line[]', () => line().array(), [[[1, -1.5, 2], null]]],
  ['macaddr[]', () => macaddr().array(), [['08:00:2b:01:02:03', null]]],
  ['macaddr8[]', () => macaddr8().array(), [['08:00:2b:01:02:03:04:05', null]]],
  ['numeric[] as string', () => numeric().array(), [[big, null, 'NaN']]],
  ['numeric[] as number', () => numeric({ mode: 'number' }).array(), [[1.5, null, Number.NaN]]],
  ['numeric[] as bigint', () => numeric({ mode: 'bigint' }).array(), [[MAX_INT8 ** 2n, null]]],
  ['point[]', () => point().array(), [[[1.5, -2], null]]],
  ['point[] as object', () => point({ mode: 'xy' }).array(), [[{ x: 1.5, y: -2 }, null]]],
  ['real[]', () => real().array(), [[...numbers, null, 0.1]]],
  ['smallint[]', () => smallint().array(), [[32_767, null]]],
  ['text[]', () => text().array(), [[], [...strings, null], [null]]],
  [
    'text[][]',
    () => text().array().array(),
    [
      [
        ['a', null],
        ['NULL', '{"\\,}'],
      ],
    ],
  ],
  ['time[]', () => time().array(), [['12:34:56.123456', null]]],
  ['time with time zone[]', () => time({ withTimezone: true }).array(), [['12:34:56+05:30', null]]],
  ['timestamp[] as date', () => timestamp().array(), [[instant, null]]],
  [
    'timestamp[] as string',
    () => timestamp({ mode: 'string' }).array(),
    [['2024-02-29 23:59:59.123456', null, 'infinity']],
  ],
  ['timestamptz[] as date', () => timestamp({ withTimezone: true }).array(), [[instant, null]]],
  ['uuid[]', () => uuid().array(), [['019376b4-7c2e-7b5a-8f3d-2a1b3c4d5e6f', null]]],
  ['varchar[]', () => varchar({ length: 30 }).array(), [[...strings, null]]],
];
