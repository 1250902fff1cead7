import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { withDatabase } from '../src/db/neon.ts';
import { repository } from '../src/db/repository.ts';
import { startNeonProxy } from '../src/dev/neon-proxy.ts';
import { startPostgres } from '../src/dev/postgres.ts';

/**
 * Pages of 50 from a table of 1,000,000 rows, in the order of an index: the first page, page 10,000 by its cursor, and the
 * same page by offset. Prints medians and ratios of one run; the claim is page 10,000 at most 1.2 times page 1.
 */
const ROWS = 1_000_000;
const LIMIT = 50;
const PAGE = 10_000;
const RUNS = 200;
const secret = 'a secret of the benchmark';

const items = pgTable('items', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  name: text('name').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
});

const folder = await mkdtemp(join(tmpdir(), 'kura-bench-'));
const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), settings: { fsync: 'off' } });
const proxy = await startNeonProxy({ postgres: postgres.url });
try {
  console.log(`Filling ${ROWS.toLocaleString('en')} rows`);
  await fill(postgres.url);
  const url = new URL(postgres.url);
  url.port = String(proxy.port);
  url.searchParams.set('sslmode', 'disable');
  await withDatabase({ url: url.href }, async (db) => {
    const rows = repository(items);
    const order = { orderBy: ['-createdAt'], limit: LIMIT } as const;
    const offset = LIMIT * (PAGE - 1);
    let cursor: string | undefined;
    // The page size is no part of a cursor, so larger pages get there sooner.
    for (let read = 0; read < offset; ) {
      const limit = Math.min(5000, offset - read);
      const page = await rows.page(db, { ...order, limit, secret, cursor });
      cursor = page.next ?? undefined;
      read += page.items.length;
    }
    const [deep, same] = [await rows.page(db, { ...order, secret, cursor }), await rows.list(db, { ...order, offset })];
    if (deep.items[0]?.id !== same.items[0]?.id) throw new Error('The two ways do not read the same page');

    const times = { first: [] as number[], deep: [] as number[], offset: [] as number[] };
    for (let i = 0; i < RUNS; i++) {
      times.first.push(await time(() => rows.page(db, { ...order, secret })));
      times.deep.push(await time(() => rows.page(db, { ...order, secret, cursor })));
      if (i < 10) times.offset.push(await time(() => rows.all(db, { ...order, offset })));
    }
    const first = median(times.first);
    report('page 1, keyset', first, first);
    report(`page ${PAGE.toLocaleString('en')}, keyset`, median(times.deep), first);
    report(`page ${PAGE.toLocaleString('en')}, offset`, median(times.offset), first);
  });
} finally {
  await proxy.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

async function fill(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    'create table items (id bigint primary key generated always as identity, name text not null, created_at timestamptz(3) not null)',
  );
  await client.query(
    `insert into items (name, created_at)
     select 'item ' || n, timestamptz '2026-01-01' + (n / 3) * interval '1 second' from generate_series(1, ${ROWS}) n`,
  );
  await client.query('create index items_created_at on items (created_at desc, id desc)');
  await client.query('vacuum analyze items');
  await client.end();
}

async function time(run: () => PromiseLike<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(what: string, ms: number, first: number): void {
  console.log(`${what.padEnd(24)} ${ms.toFixed(2).padStart(8)} ms  ${(ms / first).toFixed(2).padStart(7)} × page 1`);
}
