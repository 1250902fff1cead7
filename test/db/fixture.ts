import { type SQL, sql } from 'drizzle-orm';
import { bigint, boolean, integer, jsonb, numeric, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import {
  audit,
  bytea,
  id,
  identity,
  softDelete,
  timestamps,
  uniqueAmongLiving,
  version,
} from '../../src/db/columns.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** A table with every spread, as a feature would have it. */
export const people = pgTable(
  'people',
  {
    ...id(),
    email: text('email').notNull(),
    name: text('name'),
    age: integer('age'),
    visits: bigint('visits', { mode: 'bigint' }).notNull().default(0n),
    balance: numeric('balance').notNull().default('0'),
    isActive: boolean('is_active').notNull().default(true),
    tags: text('tags').array(),
    settings: jsonb('settings'),
    photo: bytea('photo'),
    seenAt: timestamp('seen_at', { withTimezone: true }),
    ...timestamps(),
    ...softDelete(),
    ...version(),
    ...audit(),
  },
  (t) => [uniqueAmongLiving('people_email_key', sql`lower(${t.email})`)],
);

/** A table with an identity and nothing else of ours. */
export const counters = pgTable('counters', {
  ...identity(),
  name: text('name').notNull().unique(),
  value: integer('value').notNull().default(7),
});

/** Refers to a person, who may be deleted. */
export const notes = pgTable('notes', {
  ...id(),
  personId: uuid('person_id').notNull(),
  parentId: uuid('parent_id'),
  body: text('body').notNull(),
  ...softDelete(),
});

const TABLES: SQL[] = [
  sql`create table people (
    id uuid primary key, email text not null, name text, age integer, visits bigint not null default 0,
    balance numeric not null default 0, is_active boolean not null default true, tags text[], settings jsonb,
    photo bytea, seen_at timestamptz,
    created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now(),
    is_deleted boolean not null default false, deleted_at timestamptz(3), version integer not null default 1,
    created_by uuid default nullif(current_setting('app.user_id', true), '')::uuid,
    updated_by uuid default nullif(current_setting('app.user_id', true), '')::uuid,
    constraint people_soft_delete_check check (is_deleted = (deleted_at is not null)))`,
  sql`create unique index people_email_key on people (lower(email)) where is_deleted = false`,
  ...['set_updated_at', 'raise_version', 'set_updated_by'].map(
    (name) =>
      sql`create trigger ${sql.raw(name)} before update on people for each row
          when (old.* is distinct from new.*) execute function ${sql.raw(`kura_${name}`)}()`,
  ),
  sql`create table counters (id bigint primary key generated always as identity, name text not null unique,
    value integer not null default 7)`,
  sql`create table notes (id uuid primary key, person_id uuid not null references people, parent_id uuid references notes,
    body text not null, is_deleted boolean not null default false, deleted_at timestamptz(3))`,
];

/** A database of the test file's own, with these tables. */
export async function openFixture(): Promise<{ db: Database; database: TestDatabase }> {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url });
  await db.batch((tx) => TABLES.map((table) => tx.statement((q) => q.execute(table))));
  return { db, database };
}

let n = 0;
/** A new person, unlike any other. */
export const someone = (fields: Partial<typeof people.$inferInsert> = {}): typeof people.$inferInsert => ({
  email: `someone${n++}@example.com`,
  ...fields,
});
