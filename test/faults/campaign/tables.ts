import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { id, softDelete, version } from '../../../src/db/columns.ts';

/** Rows that nothing keeps from being there twice: a write that is done twice shows. */
export const rows = pgTable('fault_rows', {
  ...id(),
  key: text('key').notNull(),
  part: integer('part').notNull(),
  ...softDelete(),
  ...version(),
});

/** One row per key; its version tells how often it was written. */
export const tallies = pgTable('fault_tallies', { ...id(), key: text('key').notNull().unique(), ...version() });

export const TABLES = `
  create table fault_rows (id uuid primary key, key text not null, part int not null,
    is_deleted boolean not null default false, deleted_at timestamptz(3), version int not null default 1);
  create index on fault_rows (key);
  create table fault_tallies (id uuid primary key, key text not null unique, version int not null default 1);
  create trigger raise_version before update on fault_rows for each row
    when (old.* is distinct from new.*) execute function kura_raise_version();
  create function count_up() returns trigger language plpgsql as $$ begin new.version = old.version + 1; return new; end $$;
  create trigger count_up before update on fault_tallies for each row execute function count_up();
`;

/** What the database has of a key: each row as `part v version`, a deleted one with a minus before it. */
export const STATE = `
  select coalesce(string_agg(row, ' ' order by row), '') as state from (
    select format('%s%sv%s', case when is_deleted then '-' end, part, version) as row from fault_rows where key = $1
    union all select format('tally v%s', version) from fault_tallies where key = $1) t`;
