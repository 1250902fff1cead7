import { type SQL, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { leakless, SECRET } from '../support/error-marker.ts';
import { runBy, ways } from '../support/everywhere.ts';
import { createRole } from '../support/role.ts';

let database: TestDatabase;
let db: Database;
/** In another database, for what is done to this one. */
const admin = openDatabase({ url: inject('neon') });

const run = (session: Session, query: SQL) => session.statement((q) => q.execute(query));
const debug = vi.spyOn(console, 'debug').mockReturnValue();

/** Tries everything three times at most, and without waiting. */
const thrice = (url: string) =>
  openDatabase({ url, debug: true, connectTimeoutMs: 2000, retry: { retries: 2, baseMs: 1, capMs: 2 } });

/** How often a statement with the word `probe` was sent. */
const attempts = () => debug.mock.calls.filter(([line]) => /^sql .*probe/.test(String(line))).length;

beforeAll(async () => {
  database = await createTestDatabase();
  db = thrice(database.url);
  await run(db, sql`create table things (name text)`);
});

beforeEach(() => debug.mockClear());

const probe = sql`insert into things select ${SECRET} as probe`;
const die = sql`pg_terminate_backend(pg_backend_pid())`;
const dyingRead = (session: Session) =>
  session.statement((q) => q.select({ probe: die, marker: sql`${SECRET}::text` }).from(sql`(select) as probe`));
const dyingWrite = (session: Session) => run(session, sql`insert into things select ${SECRET} as probe where ${die}`);

describe('the backend ends in the middle of a statement', () => {
  it('one-shot: a read is asked again, then connection_lost', async () => {
    expect(await leakless(dyingRead(db))).toMatchObject({ code: 'connection_lost', cause: { code: '57P01' } });
    expect(attempts()).toBe(3);
  });

  // The error may have come after the commit (interrupts are served there too), and the answer does not tell which.
  it('one-shot: a write is not run again: commit_unknown', async () => {
    expect(await leakless(dyingWrite(db))).toMatchObject({
      code: 'commit_unknown',
      cause: { code: 'connection_lost' },
    });
    expect(attempts()).toBe(1);
  });

  it('batch: not run again: commit_unknown; connection_lost if it is read-only, and has nothing to lose', async () => {
    const batch = (readOnly: boolean) => db.batch((tx) => [dyingRead(tx)], { readOnly });
    expect(await leakless(batch(false))).toMatchObject({ code: 'commit_unknown', cause: { code: 'connection_lost' } });
    expect(attempts()).toBe(1);
    expect(await leakless(batch(true))).toMatchObject({ code: 'connection_lost' });
  });

  it('transaction: the whole body is run again, as its COMMIT was not sent; then connection_lost', async () => {
    let bodies = 0;
    const failed = db.transaction(async (tx) => {
      bodies++;
      await dyingWrite(tx);
    });
    expect(await leakless(failed)).toMatchObject({ code: 'connection_lost' });
    expect(bodies).toBe(3);
  });

  it('a read that finds another backend the next time succeeds', async () => {
    await run(db, sql`create sequence deaths`);
    const once = sql`case when nextval('deaths') = 1 then ${die} end`;
    const read = db.statement((q) => q.select({ probe: once }).from(sql`(select) as probe`));
    expect([await read, attempts()]).toEqual([[{ probe: null }], 2]);
  });
});

describe.each(ways)('%s', (way) => {
  it('too_many_connections: tried again, a write too, as it did not run', async () => {
    const url = await createRole(db, database, { grants: ['insert on things'], limit: 1 });
    await thrice(url).transaction(async (holder) => {
      await run(holder, sql`select 1`); // takes the one connection
      debug.mockClear();
      expect(await leakless(runBy(way, thrice(url), (session) => run(session, probe)))).toMatchObject({
        code: 'too_many_connections',
      });
    });
    expect(attempts()).toBe(3);
  });

  it('unavailable: Postgres is down; tried again, a write too', async () => {
    const failed = runBy(way, thrice(inject('deadNeon')), (session) => run(session, probe));
    expect(await leakless(failed)).toMatchObject({ code: 'unavailable' });
    expect(attempts()).toBe(3);
  });

  it('unavailable: the database takes no connections for now', async () => {
    const closed = await createTestDatabase();
    await run(admin, sql.raw(`alter database ${closed.name} allow_connections false`));
    const failed = runBy(way, thrice(closed.url), (session) => run(session, probe));
    expect(await leakless(failed)).toMatchObject({ code: 'unavailable' });
    expect(attempts()).toBe(3);
  });

  it.each([
    ['the password', (url: URL) => Object.assign(url, { password: SECRET })],
    ['the user', (url: URL) => Object.assign(url, { username: SECRET })],
    ['the database', (url: URL) => Object.assign(url, { pathname: `/${SECRET}` })],
  ])('configuration: %s is wrong; not tried again', async (_, spoil) => {
    const url = spoil(new URL(database.url)).href;
    const error = await leakless(runBy(way, thrice(url), (session) => run(session, probe)));
    expect(error).toMatchObject({ code: 'configuration' });
    expect(attempts()).toBe(1);
  });

  it('configuration: the user may not log in to the database', async () => {
    const closed = await createTestDatabase();
    await run(admin, sql.raw(`revoke connect on database ${closed.name} from public`));
    const url = await createRole(db, closed, {});
    const error = await leakless(runBy(way, thrice(url), (session) => run(session, probe)));
    expect(error).toMatchObject({ code: 'configuration' });
  });
});

it('commit_unknown: COMMIT broke the connection, and the database cannot be asked', async () => {
  const doomed = await createTestDatabase();
  const client = openDatabase({ url: doomed.url });
  await client.batch((tx) =>
    [
      `create table things (name text)`,
      `create function die() returns trigger language plpgsql as $$
       begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`,
      `create constraint trigger last after insert on things initially deferred for each row execute function die()`,
    ].map((text) => run(tx, sql.raw(text))),
  );
  const failed = client.transaction(
    async (tx) => {
      await run(tx, sql`insert into things values (${SECRET})`);
      await run(admin, sql.raw(`alter database ${doomed.name} allow_connections false`));
      await run(
        tx,
        sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
        and pid <> pg_backend_pid()`,
      );
    },
    { deadlineMs: 1500 },
  );
  expect(await leakless(failed)).toMatchObject({ code: 'commit_unknown' });
});

it('a first statement that is slower than the connect timeout is no failed connection', async () => {
  const hasty = openDatabase({ url: database.url, connectTimeoutMs: 250 });
  const slow = hasty.transaction(async (tx) => run(tx, sql`select 1 as n from pg_sleep(0.5)`));
  expect(await slow).toEqual([{ n: 1 }]);
});
