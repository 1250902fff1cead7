import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/bcrypt';
import pg from 'pg';
import { type EmbeddedPostgres, startPostgres } from '../../src/dev/postgres.ts';

/** What the scenarios' requests are made of. */
export interface Fixture {
  readonly accountIds: readonly string[];
  readonly password: string;
}

export interface BenchDatabase extends AsyncDisposable {
  /** Of the bench's database, straight to Postgres, as the superuser. */
  readonly url: string;
  readonly version: string;
  readonly fixture: Fixture;
  query<R extends pg.QueryResultRow>(text: string): Promise<R[]>;
}

export const ACCOUNTS = 1000;
const ITEMS = 1_000_000;
/** A quarter of the work of the usual cost of 10, which would hide everything else in a log-in. */
const BCRYPT_COST = 8;

const PASSWORD = 'correct horse battery staple';
const DATABASE = 'bench';

/** Starts a Postgres of the bench's own, in a temporary folder, with the tables filled. `items` is slow to fill. */
export async function startDatabase(options: { items: boolean }): Promise<BenchDatabase> {
  const stack = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'kura-bench-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const postgres = await startPostgres({
      dataDir: join(folder, 'postgres'),
      // No fsync: the disk is not what is measured.
      settings: { fsync: 'off', max_connections: '300', shared_preload_libraries: 'pg_stat_statements' },
    });
    stack.defer(() => postgres.stop());
    const url = await createDatabase(postgres);
    const client = new pg.Client(url);
    await client.connect();
    stack.defer(() => client.end());
    await fill(client, options.items);
    const query = async <R extends pg.QueryResultRow>(text: string) => (await client.query<R>(text)).rows;
    const [version] = await query<{ version: string }>(`select current_setting('server_version') as version`);
    const accounts = await query<{ id: string }>('select id from accounts order by username');
    return {
      url,
      version: version?.version ?? '',
      fixture: { accountIds: accounts.map(({ id }) => id), password: PASSWORD },
      query,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function createDatabase(postgres: EmbeddedPostgres): Promise<string> {
  const admin = new pg.Client(postgres.url);
  await admin.connect();
  await admin.query(`create database ${DATABASE}`);
  // What Kura's migrations set, for every peer.
  await admin.query(`alter database ${DATABASE} set timezone to 'UTC'`);
  await admin.query(`alter database ${DATABASE} set statement_timeout to '30s'`);
  await admin.end();
  const url = new URL(postgres.url);
  url.pathname = `/${DATABASE}`;
  return url.href;
}

async function fill(client: pg.Client, items: boolean): Promise<void> {
  await client.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
  await client.query(
    `insert into accounts (username, email, hashed_password, full_name, balance)
     select 'user' || n, 'user' || n || '@example.com', $1, 'User Number ' || n, 1000000
     from generate_series(1, ${ACCOUNTS}) n`,
    [await hash(PASSWORD, { cost: BCRYPT_COST })],
  );
  if (items) {
    await client.query(
      `insert into items (name, created_at)
       select 'item ' || n, timestamptz '2026-01-01' + (n / 3) * interval '1 second' from generate_series(1, ${ITEMS}) n`,
    );
  }
  await client.query('create index items_created_at on items (created_at desc, id desc)');
  await client.query('vacuum analyze');
}
