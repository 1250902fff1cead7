import { type Client, neon, neonConfig, Pool, types } from '@neondatabase/serverless';
import { type SQL, sql } from 'drizzle-orm';
import { drizzle as drizzleHttp } from 'drizzle-orm/neon-http';
import { drizzle as drizzleWebSocket } from 'drizzle-orm/neon-serverless';
import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { runBy, ways } from '../support/everywhere.ts';

/** The faults of drizzle-orm 0.45 on @neondatabase/serverless 1.2, each shown there, and its absence here. */
const things = pgTable('things', { name: text().primaryKey(), data: jsonb() });
const SECRET = 's3cret';

/** Making a neon-http database changes them, for everybody and for ever: put back after each test. */
const parsers = Object.values(types.builtins).map((type) => [type, types.getTypeParser(type)] as const);
afterEach(() => {
  for (const [type, parser] of parsers) types.setTypeParser(type, parser);
});

let database: TestDatabase;
let db: Database;
let pool: Pool;
let plain: ReturnType<typeof drizzleWebSocket>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, retry: { baseMs: 1, capMs: 1 } });
  // The plain library has only this global configuration; the setting of one file is its own.
  neonConfig.wsProxy = () => `${new URL(database.url).host}/v2`;
  neonConfig.useSecureWebSocket = false;
  await run(db, sql`create table things (name text primary key, data jsonb)`);
  await run(db, sql`create sequence attempts`);
});

beforeEach(async () => {
  await run(db, sql`truncate things`);
  await run(db, sql`alter sequence attempts restart`);
  await pool?.end();
  pool = new Pool({ connectionString: database.url, application_name: 'plain' });
  pool.on('error', () => {}); // or the end of an idle backend would end the process
  pool.on('connect', (client: Client) => client.on('error', () => {})); // and so would that of a busy one
  plain = drizzleWebSocket(pool);
});

afterAll(() => pool.end());

const run = (session: Session, query: SQL) => session.statement((q) => q.execute(query));
const add = (session: Session, name: string) => session.statement((q) => q.insert(things).values({ name }));
const names = async () => (await db.statement((q) => q.select().from(things))).map(({ name }) => name).sort();
const outcome = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => 'resolved',
    (error) => error,
  );
const pidOf = sql`select pg_backend_pid() as pid`;
const kill = (pid: unknown) => run(db, sql`select pg_terminate_backend(${pid}::int)`).then();
const sessionsOf = (name: string) =>
  run(
    db,
    sql`select state from pg_stat_activity where datname = current_database() and application_name = ${name}
    and pid <> pg_backend_pid() and state like '%transaction%'`,
  );

// That a dead client goes back as a healthy one cannot be shown: the pool of this driver asks whether it can be queried.
describe('1: a failing BEGIN or ROLLBACK', () => {
  const unknown = 'chaos' as 'serializable';

  it('plain: a failing BEGIN keeps the connection for ever', async () => {
    await expect(plain.transaction(async () => {}, { isolationLevel: unknown })).rejects.toThrow();
    expect({ all: pool.totalCount, idle: pool.idleCount }).toEqual({ all: 1, idle: 0 });
    pool = new Pool(); // the leaked one could never be ended
  });

  it('plain: a failing ROLLBACK hides the error of the body', async () => {
    const failed = plain.transaction(async (tx) => {
      await kill((await tx.execute(pidOf)).rows[0]?.pid);
      throw new Error('mine');
    });
    expect(String(await outcome(failed))).not.toMatch('mine');
  });

  it('Kura: the first error is told, and no session is left', async () => {
    expect(await outcome(db.transaction(async (tx) => add(tx, 'a'), { isolation: unknown }))).toMatchObject({
      code: 'transaction_aborted',
      cause: { code: 'query_failed' },
    });
    const failed = db.transaction(async (tx) => {
      await kill((await run(tx, pidOf))[0]?.pid);
      throw new Error('mine');
    });
    expect(await outcome(failed)).toMatchObject({ message: 'mine' });
    await vi.waitFor(async () => expect(await sessionsOf('kura')).toEqual([]), 10_000);
  });
});

describe('2: an error that the body swallows', () => {
  it('plain: resolves, with nothing saved', async () => {
    const done = plain.transaction(async (tx) => {
      await tx.insert(things).values({ name: 'a' });
      await tx.execute(sql`select 1 / 0`).catch(() => 'swallowed');
    });
    expect([await outcome(done), await names()]).toEqual(['resolved', []]);
  });

  it('Kura: rejects', async () => {
    const failed = db.transaction(async (tx) => {
      await add(tx, 'a');
      await run(tx, sql`select 1 / 0`).then(null, () => 'swallowed');
    });
    expect(await outcome(failed)).toMatchObject({ code: 'transaction_aborted', cause: { code: 'invalid_value' } });
  });
});

describe('3: two nested transactions side by side, one of which fails', () => {
  it('plain: the row of the one that was fulfilled is lost', async () => {
    const results = await plain.transaction((tx) =>
      Promise.allSettled([
        tx.transaction((inner) => inner.insert(things).values({ name: 'kept' })),
        tx.transaction(async (inner) => {
          await inner.insert(things).values({ name: 'undone' });
          await inner.execute(sql`select 1`);
          throw new Error('mine');
        }),
      ]),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await names()).toEqual([]);
  });

  it('Kura: it is kept', async () => {
    const results = await db.transaction((tx) =>
      Promise.allSettled([
        tx.transaction(async (inner) => add(inner, 'kept')),
        tx.transaction(async (inner) => {
          await add(inner, 'undone');
          await run(inner, sql`select 1`);
          throw new Error('mine');
        }),
      ]),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await names()).toEqual(['kept']);
  });
});

describe('4: transaction() over HTTP', () => {
  it('plain: compiles, and throws', async () => {
    const failed = Promise.resolve().then(() => drizzleHttp(neon(database.url)).transaction(async () => {}));
    expect(await outcome(failed)).toBeInstanceOf(Error);
  });

  it('Kura: there is one, and the query builder of a statement has none', async () => {
    expect(await db.transaction(async (tx) => add(tx, 'a')).then(names)).toEqual(['a']);
    // @ts-expect-error It does not compile
    expect(await outcome(db.statement((q) => q.transaction(async () => {})))).toBeInstanceOf(Error);
  });
});

describe('5: values, and the global parsers', () => {
  const now = async () => (await pool.query('select now() as now')).rows[0].now;

  it('plain: making a neon-http database turns the timestamps of everybody from Date to text', async () => {
    expect(await now()).toBeInstanceOf(Date);
    drizzleHttp(neon(database.url));
    expect(await now()).toBeTypeOf('string');
  });

  it('Kura: the parsers are untouched', async () => {
    for (const way of ways)
      await runBy(way, openDatabase({ url: database.url }), (session) => run(session, sql`select now()`));
    expect(await now()).toBeInstanceOf(Date);
  });

  // That the two transports differ cannot be shown any more: drizzle-orm 0.45.4 overrides the same parsers for both, and
  // agrees on every column type. What is left is a value that is wrong on both.
  it('plain: a JSON string that looks like JSON comes back as something else', async () => {
    await plain.insert(things).values({ name: 'a', data: '1' });
    const http = drizzleHttp(neon(database.url));
    for (const from of [plain.select().from(things), http.select().from(things)]) {
      expect(await from).toEqual([{ name: 'a', data: 1 }]);
    }
  });

  it.each(ways)('Kura: it comes back as it is: %s', async (way) => {
    const insert = (session: Session) =>
      session.statement((q) => q.insert(things).values({ name: 'a', data: '1' }).returning());
    expect(await runBy(way, db, insert)).toEqual([{ name: 'a', data: '1' }]);
  });
});

describe('6: what an error says', () => {
  const insert = { name: SECRET };

  it('plain: the SQL and its parameters; over HTTP a batch throws an error of another kind', async () => {
    const http = drizzleHttp(neon(database.url));
    await http.insert(things).values(insert);
    const error = await outcome(http.insert(things).values(insert));
    expect(error).toMatchObject({ name: 'Error', message: expect.stringMatching(/insert into .*s3cret/s) });
    expect(await outcome(http.batch([http.insert(things).values(insert)]))).toMatchObject({
      name: 'NeonDbError',
      detail: expect.stringMatching(SECRET),
    });
  });

  it.each(ways)('Kura: the same error, with neither: %s', async (way) => {
    await add(db, SECRET);
    const error = await outcome(runBy(way, db, (session) => add(session, SECRET)));
    expect(error).toMatchObject({ code: 'conflict', message: 'A row with this value exists already' });
    expect(JSON.stringify(error)).not.toMatch(SECRET);
  });
});

describe('7: a retry after a serialization failure', () => {
  /** Fails the first time only: a sequence is not rolled back. */
  const flaky = sql`do $$ begin
    if nextval('attempts') = 1 then raise exception 'conflict' using errcode = '40001'; end if; end $$`;

  it('plain: has none; of a statement it is in vain, as the transaction is aborted', async () => {
    const failed = plain.transaction(async (tx) => {
      await tx.execute(flaky).catch(() => tx.execute(flaky));
    });
    expect(await outcome(failed)).toMatchObject({ cause: { code: '25P02' } });
  });

  it('Kura: runs the whole transaction again', async () => {
    let bodies = 0;
    await db.transaction(async (tx) => {
      bodies++;
      await add(tx, 'a');
      await run(tx, flaky);
    });
    expect([bodies, await names()]).toEqual([2, ['a']]);
  });
});
