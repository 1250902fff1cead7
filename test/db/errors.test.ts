import { type SQL, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { createTestDatabase } from '../support/database.ts';
import { leakless, SECRET } from '../support/error-marker.ts';
import { runBy, ways } from '../support/everywhere.ts';

let db: Database;

const run = (session: Session, query: SQL) => session.statement((q) => q.execute(query));

const schema = [
  `create table parents (
    id int primary key, name text not null unique, team int, label text check (label <> '${SECRET}'), short varchar(3),
    "Odd, ""Name" text unique, during int4range, exclude using gist (during with &&), unique (team, label))`,
  `create unique index on parents (lower(short), team)`,
  `create unique index on parents (coalesce(label, ''), ((id % 7) * 2), md5(short))`,
  `create table children (
    id int primary key, parent int references parents, strict int references parents on delete restrict)`,
  `create domain even as int check (value % 2 = 0)`,
  `create view first_teams as select * from parents where team = 1 with check option`,
  `insert into parents values (1, '${SECRET}', 1, 'x', 'abc', '${SECRET}', '[1,5)'), (2, 'other', 1, 'y', 'b', 'o', '[10,20)')`,
  `insert into children values (1, 1, 2)`,
];

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  await db.batch((tx) => schema.map((text) => run(tx, sql.raw(text))));
});

const insert = (columns: string, ...values: (string | number | null)[]) =>
  sql`insert into parents (${sql.raw(columns)}) values (${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`;

interface Told {
  readonly table?: string;
  readonly constraint?: string;
  readonly columns?: readonly string[];
}

/** What one statement is refused for, whichever way it is run. */
const refusals: readonly (readonly [what: string, query: SQL, code: ErrorCode, told: Told])[] = [
  [
    'a unique column',
    insert('id, name', 3, SECRET),
    'conflict',
    { table: 'parents', constraint: 'parents_name_key', columns: ['name'] },
  ],
  ['a primary key', insert('id, name', 1, 's3cret!'), 'conflict', { constraint: 'parents_pkey', columns: ['id'] }],
  [
    'a key of several columns',
    insert('id, name, team, label', 3, `${SECRET}!`, 1, 'x'),
    'conflict',
    { constraint: 'parents_team_label_key', columns: ['team', 'label'] },
  ],
  [
    'a unique index on an expression',
    insert('id, name, team, short', 3, `${SECRET}!`, 1, 'ABC'),
    'conflict',
    { constraint: 'parents_lower_team_idx', columns: ['short', 'team'] },
  ],
  [
    'a unique index on other expressions: only columns are named',
    insert('id, name, label, short', 8, `${SECRET}!`, 'x', 'abc'),
    'conflict',
    { columns: ['label', 'short'] },
  ],
  [
    'a unique column with an odd name',
    insert('id, name, "Odd, ""Name"', 3, `${SECRET}!`, SECRET),
    'conflict',
    { columns: ['Odd, "Name'] },
  ],
  [
    'a reference to no row',
    sql`insert into children values (2, 99)`,
    'foreign_key',
    { table: 'children', constraint: 'children_parent_fkey', columns: ['parent'] },
  ],
  [
    'the deletion of a row that is referred to',
    sql`delete from parents where name = ${SECRET}`,
    'foreign_key',
    { table: 'children', constraint: 'children_parent_fkey', columns: ['id'] },
  ],
  [
    'the same, with ON DELETE RESTRICT',
    sql`delete from parents where id = 2 and name <> ${SECRET}`,
    'foreign_key',
    { table: 'children', constraint: 'children_strict_fkey', columns: ['id'] },
  ],
  [
    'a NULL',
    sql`update parents set name = null where name = ${SECRET}`,
    'not_null',
    { table: 'parents', columns: ['name'] },
  ],
  [
    'a CHECK',
    insert('id, name, label', 3, `${SECRET}!`, SECRET),
    'check',
    { table: 'parents', constraint: 'parents_label_check' },
  ],
  ['the CHECK of a domain', sql`select 1::int::even, ${SECRET}::text`, 'check', { constraint: 'even_check' }],
  [
    'the CHECK OPTION of a view',
    sql`insert into first_teams (id, name, team) values (9, ${SECRET + SECRET}, 2)`,
    'check',
    {},
  ],
  [
    'an exclusion constraint',
    insert('id, name, during', 3, `${SECRET}!`, '[2,3)'),
    'exclusion_violation',
    { table: 'parents', constraint: 'parents_during_excl', columns: ['during'] },
  ],
  ['22P02: no number', sql`select ${SECRET}::int`, 'invalid_value', {}],
  ['22P02: no uuid', sql`select ${SECRET}::uuid`, 'invalid_value', {}],
  ['22P02: no JSON', sql`select ${SECRET}::jsonb`, 'invalid_value', {}],
  ['22003: out of range', sql`select ${99_999_999_999}::int4, ${SECRET}::text`, 'invalid_value', {}],
  ['22001: too long', insert('id, name, short', 3, `${SECRET}!`, SECRET), 'invalid_value', {}],
  ['22007: no date', sql`select ${SECRET}::date`, 'invalid_value', {}],
  ['22012: a division by zero', sql`select 1 / ${0}::int, ${SECRET}::text`, 'invalid_value', {}],
  ['22021: U+0000 in a text', sql`select ${`${SECRET}\0`}::text`, 'invalid_value', {}],
  ['no such table', sql`select ${SECRET}::text from nowhere`, 'query_failed', {}],
  ['no SQL', sql`selekt ${SECRET}`, 'query_failed', {}],
  [
    'an error of its own',
    sql`do $$ begin raise exception 's3cret' using errcode = 'P0001'; end $$`,
    'query_failed',
    {},
  ],
];

describe.each(ways)('%s', (way) => {
  it.each(refusals)('%s', async (_, query, code, told) => {
    const error = await leakless(runBy(way, db, (session) => run(session, query)));
    expect(error).toMatchObject({ code, ...told });
  });
});
