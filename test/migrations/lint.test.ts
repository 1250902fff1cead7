import { describe, expect, it } from 'vitest';
import { defaultFolder, readMigrations } from '../../src/migrations/files/folder.ts';
import { lintMigration } from '../../src/migrations/lint/lint.ts';
import { db } from './support/cli.ts';
import { testFolder } from './support/folder.ts';

async function rules(up: string): Promise<string[]> {
  const { path } = await testFolder({ name: 'x', up });
  return (await Promise.all((await readMigrations(path)).map(lintMigration))).flat().map(({ rule }) => rule);
}

describe('finds', () => {
  it.each([
    ['alter table t add c int not null', 'not-null-without-default'],
    ['alter table t add c uuid default gen_random_uuid()', 'table-rewrite'],
    ['alter table t add c serial', 'table-rewrite'],
    ['alter table t add c int generated always as (a + 1) stored', 'table-rewrite'],
    ['alter table t alter c type bigint', 'table-rewrite'],
    ['alter table t alter c set not null', 'set-not-null'],
    ['create index i on t (c)', 'index-not-concurrently'],
    ['drop index i', 'drop-index-not-concurrently'],
    ['alter table t add constraint k foreign key (a) references u', 'constraint-not-valid'],
    ['alter table t add constraint k check (a > 0)', 'constraint-not-valid'],
    ['alter table t add constraint k unique (a)', 'unique-without-index'],
    ['alter table t rename to u', 'rename'],
    ['alter table t rename column a to b', 'rename'],
    ['drop table t', 'drop'],
    ['alter table t drop c', 'drop'],
    ['create index concurrently i on t (c)', 'concurrently-in-transaction'],
    ['-- kura: no-transaction\ncreate index concurrently on t (c)', 'unnamed-index'],
    ['set lock_timeout = 0', 'lock-timeout'],
    ["set local lock_timeout to '0s'", 'lock-timeout'],
    ['commit', 'transaction-control'],
    ['lock table t', 'exclusive-lock'],
    ['-- kura: no-transaction\nvacuum full t', 'exclusive-lock'],
    ["alter type e add value 'v';\n--> statement-breakpoint\nupdate t set e = 'v'", 'enum-value-used'],
    ['creat table t ()', 'syntax-error'],
  ])('%s: %s', async (sql, rule) => expect(await rules(sql)).toEqual([rule]));
});

describe('lets pass', () => {
  it.each([
    'create table t (c int); create index i on t (c); alter table t add constraint k check (c > 0); alter table t alter c set not null',
    'alter table t add c timestamptz not null default now()',
    'alter table t add c int not null default 0',
    '-- kura: no-transaction\ncreate index concurrently i on t (c)',
    'alter table t add constraint k foreign key (a) references u not valid',
    'alter table t add constraint k unique using index i',
    'alter table t validate constraint k',
    "set local lock_timeout = '2s'",
    '-- kura: allow drop nothing has used it since v12\nalter table t drop c',
    'select 1;\n--> statement-breakpoint\n-- kura: allow rename new code only\nalter table t rename to u',
  ])('%s', async (sql) => expect(await rules(sql)).toEqual([]));

  it('this project’s own migrations', async () => {
    expect((await Promise.all((await readMigrations(defaultFolder)).map(lintMigration))).flat()).toEqual([]);
  });
});

it('silences one rule of one statement, not the next', async () => {
  expect(await rules('-- kura: allow drop old\nalter table t drop c;\nalter table t drop d;')).toEqual(['drop']);
});

it('says what, where, why, and the safe form, in 80 columns, and exits with 1', async () => {
  const { path } = await testFolder({
    name: 'x',
    up: 'select 1;\n--> statement-breakpoint\ncreate index i on things (a)',
  });
  const { code, stdout } = await db(['lint', '--dir', path]);
  expect(code).toBe(1);
  expect(stdout).toBe(`index-not-concurrently i  0000_x, statement 2
  create index i on things (a)
  Why: stops writes to the table until the index is built.
  Safe: CREATE INDEX CONCURRENTLY in a migration of its own with -- kura:
  no-transaction.

1 finding
`);
});
