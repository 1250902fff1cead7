import { neon } from '@neondatabase/serverless';
import { describe, expect, test } from 'vitest';
import { post, rawQuery, useHarness } from './harness.ts';

const harness = useHarness();

/** SQL, its raw text, and what it is as JSON without raw text output. */
const VALUES: [sql: string, raw: string | null, json: unknown][] = [
  ['true', 't', true],
  ['false', 'f', false],
  ['1::int2', '1', 1],
  ['(-2147483648)::int4', '-2147483648', -2147483648],
  ['9007199254740993::int8', '9007199254740993', '9007199254740993'],
  ['0.10::numeric', '0.10', '0.10'],
  [`'NaN'::numeric`, 'NaN', 'NaN'],
  ['1e20::float8', '1e+20', 1e20],
  ['0.00001::float4', '1e-05', 0.00001],
  [`'NaN'::float8`, 'NaN', 'NaN'],
  [`'Infinity'::float8`, 'Infinity', 'Infinity'],
  [`'-Infinity'::float4`, '-Infinity', '-Infinity'],
  ['null::text', null, null],
  [`'ü "q"'::text`, 'ü "q"', 'ü "q"'],
  [`'\\x00ff'::bytea`, '\\x00ff', '\\x00ff'],
  [`'{"a": [1, null]}'::json`, '{"a": [1, null]}', { a: [1, null] }],
  [`'{"b":1,"a":"x"}'::jsonb`, '{"a": "x", "b": 1}', { a: 'x', b: 1 }],
  [`'null'::jsonb`, 'null', null],
  [`'2024-02-29'::date`, '2024-02-29', '2024-02-29'],
  [`'2024-02-29 12:34:56.789'::timestamp`, '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789'],
  [`'infinity'::timestamptz`, 'infinity', 'infinity'],
  [`'1 day 02:00'::interval`, '1 day 02:00:00', '1 day 02:00:00'],
  [
    `'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid`,
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  ],
  [`'{1,NULL,3}'::int4[]`, '{1,NULL,3}', [1, null, 3]],
  [`'{9007199254740993}'::int8[]`, '{9007199254740993}', ['9007199254740993']],
  [`'{NaN,1.5}'::float8[]`, '{NaN,1.5}', ['NaN', 1.5]],
  [`'{t,f}'::bool[]`, '{t,f}', [true, false]],
  [
    `array['a"b', 'c\\d', 'e,f', '', 'NULL', null]`,
    '{"a\\"b","c\\\\d","e,f","","NULL",NULL}',
    ['a"b', 'c\\d', 'e,f', '', 'NULL', null],
  ],
  [
    `'{{1,2},{3,4}}'::int4[]`,
    '{{1,2},{3,4}}',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [`'[0:1]={1,2}'::int4[]`, '[0:1]={1,2}', [1, 2]],
  [`array['{"a": 1}'::jsonb]`, '{"{\\"a\\": 1}"}', [{ a: 1 }]],
  [`'{}'::text[]`, '{}', []],
  [`'1 2'::int2vector`, '1 2', '1 2'],
];

describe.each(VALUES)('%s', (sql, raw, json) => {
  test('as raw text, to the driver', async () => {
    expect((await rawQuery(harness.url, `select ${sql} as v`)).rows).toEqual([[raw]]);
  });

  test('as JSON, to a client that does not ask for raw text', async () => {
    expect((await post(harness.url, { query: `select ${sql} as v` })).body.rows).toEqual([{ v: json }]);
  });
});

test('arrays of a type that a user made become arrays too', async () => {
  await harness.admin.query(`create type mood as enum ('glad', 'so so')`);
  const { body } = await post(harness.url, { query: `select '{glad,"so so"}'::mood[] as v, 'glad'::mood as w` });
  expect(body.rows).toEqual([{ v: ['glad', 'so so'], w: 'glad' }]);
});

test('json goes in untouched: no digit of its numbers is lost', async () => {
  const query = `select '{"n": 12345678901234567890.10}'::json as v`;
  const response = await fetch(`http://${new URL(harness.url).host}/sql`, {
    method: 'POST',
    headers: { 'Neon-Connection-String': harness.url },
    body: JSON.stringify({ query }),
  });
  expect(await response.text()).toContain('{"n": 12345678901234567890.10}');
});

test('a result names its columns, with everything that Postgres says of them', async () => {
  await harness.admin.query('create table things (id int primary key, price numeric(10,2))');
  const { status, headers, body } = await post(harness.url, { query: 'select price, 1 as one from things' });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json');
  const { rows } = await harness.admin.query(`select 'things'::regclass::oid::int as oid`);
  expect(body).toEqual({
    command: 'SELECT',
    rowCount: 0,
    rowAsArray: false,
    rows: [],
    fields: [
      {
        name: 'price',
        dataTypeID: 1700,
        tableID: rows[0].oid,
        columnID: 2,
        dataTypeSize: -1,
        dataTypeModifier: 655366,
        format: 'text',
      },
      { name: 'one', dataTypeID: 23, tableID: 0, columnID: 0, dataTypeSize: 4, dataTypeModifier: -1, format: 'text' },
    ],
  });
});

test.each([
  ['insert into counted values (1), (2)', 'INSERT', 2],
  ['update counted set n = n', 'UPDATE', 2],
  ['select n from counted', 'SELECT', 2],
  ['delete from counted', 'DELETE', 2],
  ['create table other (n int)', 'CREATE', null],
  ['set application_name = x', 'SET', null],
  ['', '', null],
])('%j has the command %j and the count %j', async (query, command, rowCount) => {
  await harness.admin.query('create table if not exists counted (n int)');
  expect((await post(harness.url, { query })).body).toMatchObject({ command, rowCount });
});

test('array mode is the header, unless the query says otherwise', async () => {
  const query = 'select 1 as a, 2 as a';
  const inArrays = { 'Neon-Array-Mode': 'true' };
  expect((await post(harness.url, { query }, inArrays)).body).toMatchObject({ rowAsArray: true, rows: [[1, 2]] });
  expect((await post(harness.url, { query, arrayMode: false }, inArrays)).body).toMatchObject({
    rowAsArray: false,
    rows: [{ a: 2 }],
  });
  expect((await post(harness.url, { query, arrayMode: true })).body).toMatchObject({
    rowAsArray: true,
    rows: [[1, 2]],
  });
  expect((await post(harness.url, { query }, { 'Neon-Array-Mode': 'TRUE' })).body.rowAsArray).toBe(false);
});

test('only the literal `true` asks for raw text', async () => {
  const query = 'select 1 as a';
  expect((await post(harness.url, { query }, { 'Neon-Raw-Text-Output': 'true' })).body.rows).toEqual([{ a: '1' }]);
  expect((await post(harness.url, { query }, { 'Neon-Raw-Text-Output': '1' })).body.rows).toEqual([{ a: 1 }]);
});

describe('parameters', () => {
  test('have no type of their own', async () => {
    const { fields, rows } = await rawQuery(harness.url, 'select $1 as v', [42]);
    expect(fields[0]?.dataTypeID).toBe(25);
    expect(rows).toEqual([['42']]);
  });

  test.each<[string, unknown, unknown]>([
    ['$1::text', null, null],
    ['$1::int8', 9007199254740993n, '9007199254740993'],
    ['$1::int[]', [1, null, 3], '{1,NULL,3}'],
    ['$1::text[]', ['a"b', 'c,d', 'NULL'], '{"a\\"b","c,d","NULL"}'],
    ['$1::jsonb', { a: 1 }, '{"a": 1}'],
    ['$1::bytea', Buffer.from([0, 255]), '\\x00ff'],
    ['$1::bool', true, 't'],
  ])('of the driver: %s', async (sql, param, text) => {
    expect((await rawQuery(harness.url, `select ${sql}`, [param])).rows).toEqual([[text]]);
  });

  test('of the driver: a Date keeps its instant', async () => {
    const date = new Date('2024-06-01T12:00:00.123Z');
    const [row] = await neon(harness.url)`select ${date}::timestamptz as v`;
    expect(row?.v).toEqual(date);
  });

  test.each<[string, unknown, unknown]>([
    ['$1::text', null, null],
    ['$1::int', 7, 7],
    ['$1::bool', false, false],
    ['$1::jsonb', { a: [1] }, { a: [1] }],
    ['$1::int[]', [1, null, [2]].slice(0, 2), [1, null]],
    ['$1::int[]', [[1], [2]], [[1], [2]]],
    ['$1::text[]', ['a"b', 'NULL', null], ['a"b', 'NULL', null]],
    ['$1::jsonb[]', [{ a: 'x' }], [{ a: 'x' }]],
  ])('of a client that sends JSON: %s of %j', async (sql, param, json) => {
    const { body } = await post(harness.url, { query: `select ${sql} as v`, params: [param] });
    expect(body.rows).toEqual([{ v: json }]);
  });

  test('a JavaScript array for jsonb breaks, as with Neon', async () => {
    await expect(rawQuery(harness.url, 'select $1::jsonb', [[1, 2]])).rejects.toMatchObject({ code: '22P02' });
  });
});

test('a string of several statements fails', async () => {
  await expect(rawQuery(harness.url, 'select 1; select 2')).rejects.toMatchObject({ code: '42601' });
});

test('the name that the driver gives itself reaches Postgres', async () => {
  const [row] = await neon(harness.url)`select current_setting('application_name') as name`;
  expect(row?.name).toMatch(/^pkg:npm\/.*serverless/);
});
