import { asc, sql } from 'drizzle-orm';
import { getTableConfig, integer, type PgColumnBuilderBase, pgTable } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase } from '../support/database.ts';
import { runBy, ways } from '../support/everywhere.ts';
import { arrays, type Case, mood, scalars } from './columns-of-every-type.ts';

let db: Database;

const run = (session: Session, query: ReturnType<typeof sql>) => session.statement((q) => q.execute(query));

/** A table with one column of that kind. */
const tableOf = (name: string, column: () => PgColumnBuilderBase) =>
  pgTable(name, { n: integer().primaryKey(), value: column() });
const tables = [...scalars, ...arrays].map(([name, column]: Case) => tableOf(name, column));

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  const labels = mood.enumValues.map((label) => `'${label}'`).join();
  await run(db, sql.raw(`create type mood as enum (${labels})`));
  await db.batch((tx) =>
    tables.map((table) => {
      const { name, columns } = getTableConfig(table);
      const definitions = columns.map((column) => `${column.name} ${column.getSQLType()}`);
      return run(tx, sql.raw(`create table "${name}" (${definitions})`));
    }),
  );
});

describe.each([...scalars, ...arrays].map((one, i) => [...one, i] as const))('%s', (_name, _column, values, i) => {
  const table = tables[i] ?? expect.unreachable();

  it.each(ways)('comes back as it went in: %s', async (way) => {
    await runBy(way, db, (session) => session.statement((q) => q.delete(table)));
    const rows = values.map((value, n) => ({ n, value }));
    const written = runBy(way, db, (session) =>
      session.statement((q) => q.insert(table).values(rows).returning({ value: table.value })),
    );
    expect((await written).map(({ value }) => value)).toStrictEqual(values);
    const read = runBy(way, db, (session) =>
      session.statement((q) => q.select({ value: table.value }).from(table).orderBy(asc(table.n))),
    );
    expect((await read).map(({ value }) => value)).toStrictEqual(values);
  });
});
