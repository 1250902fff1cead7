import { type SQLWrapper, sql } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { claim } from '../../src/outbox/claim.ts';
import { defaultDrain } from '../../src/outbox/drain.ts';
import { createTestDatabase } from '../support/database.ts';

let db: Database;
const execute = (text: string) => db.statement((q) => q.execute(sql.raw(text)));

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
  await execute(`insert into outbox (id, topic, payload, ordering_key)
    select gen_random_uuid(), 'note', '{}', gen_random_uuid()::text from generate_series(1, 20000)`);
});

interface Plan {
  readonly 'QUERY PLAN': readonly [{ readonly Plan: { readonly 'Shared Hit Blocks': number } }];
}

/** Runs the statement, and gives the number of pages that it has read. */
async function pagesOfClaim(): Promise<number> {
  const explaining = {
    statement: (build: Parameters<Session['statement']>[0]) =>
      db.statement((q) =>
        q.execute(sql`explain (analyze, buffers, format json) ${(build(q) as unknown as SQLWrapper).getSQL()}`),
      ),
  } as unknown as Session;
  const token = crypto.randomUUID();
  const [row] = (await claim(explaining, { ...defaultDrain, topics: ['note'], token, limit: 5 })) as unknown as [Plan];
  return row['QUERY PLAN'][0].Plan['Shared Hit Blocks'];
}

// A scan of the table, or of an index for each candidate, would read some 500 pages, or thousands.
it('reads few pages of a long queue, before the table has statistics and with them', async () => {
  await pagesOfClaim(); // sets the hint bits
  expect(await pagesOfClaim()).toBeLessThan(200);
  await execute('analyze outbox');
  expect(await pagesOfClaim()).toBeLessThan(200);
});
