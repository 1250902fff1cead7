import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { auditRepository } from '../../src/audit/record.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { parseEnv } from '../../src/env.ts';
import { limits } from '../../src/http/limits/table.ts';
import { runScheduled } from '../../src/jobs.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';

let database: TestDatabase;
let db: Database;
beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url });
});

const run = (more: Record<string, string> = {}) => runScheduled(parseEnv({ DATABASE_URL: database.url, ...more }));
const expired = (rows: number) =>
  db.statement((q) =>
    q.execute(sql`insert into limits (key, count, resets_at)
      select 'old ' || n, 1, now() - interval '1 minute' from generate_series(1, ${rows}::int) as n`),
  );
const left = () => db.statement((q) => q.$count(limits));

describe('the schedule', () => {
  it('removes what is over although mail is not configured, and says that it is not', async () => {
    await expired(1);
    const staging = { ENVIRONMENT: 'staging', SECRET_KEY };
    await expect(run(staging)).rejects.toMatchObject({ code: 'configuration' });
    expect(await left()).toBe(0);
  });

  it('says which migration is missing, not which removal failed for it', async () => {
    await db.statement((q) => q.execute(sql`drop table limits`));
    await db.statement((q) => q.execute(sql`delete from drizzle.__drizzle_migrations`));
    await expect(run()).rejects.toMatchObject({ code: 'not_ready' });
  });

  it('goes on to remove until nothing of it is left', async () => {
    await expired(12_000);
    await run();
    expect(await left()).toBe(0);
  });

  it('removes events of the audit when they are 400 days old', async () => {
    const daysAgo = async (days: number) => {
      const createdAt = new Date(Date.now() - days * 24 * 3_600_000);
      const id = `${createdAt.getTime().toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-7000-8000-000000000000`;
      await db.batch((tx) => [auditRepository.create(tx, { id, event: 'session.created', createdAt })]);
      return id;
    };
    await daysAgo(401);
    const kept = await daysAgo(399);
    await run();
    expect((await auditRepository.all(db)).map(({ id }) => id)).toEqual([kept]);
  });
});
