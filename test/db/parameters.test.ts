import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { leakless, SECRET } from '../support/error-marker.ts';
import { runBy, ways } from '../support/everywhere.ts';
import { openFixture } from './fixture.ts';

let db: Database;
beforeAll(async () => {
  ({ db } = await openFixture());
});

const circular: { [SECRET]?: unknown } = {};
circular[SECRET] = { circular };

describe.each([
  ['an invalid Date', new Date(Number.NaN)],
  ['JSON that holds a bigint', { [SECRET]: [1n] }],
  ['JSON that holds itself', circular],
])('%s', (_, value) => {
  it.each(ways)('is an invalid value in SQL by hand: %s', async (way) => {
    const statement = (session: Session) =>
      session.statement((q) => q.execute(sql`select ${SECRET}::text, ${value}::text`));
    const error = await leakless(runBy(way, db, statement));
    expect(error).toMatchObject({ code: 'invalid_value', status: 422 });
  });
});
