import { setTimeout as sleep } from 'node:timers/promises';
import { startDb } from './cli.ts';
import { emptyDatabase } from './database.ts';
import type { TestFolder } from './folder.ts';

/**
 * Kills runners at random moments, again and again, up and down, and makes sure each time that the ledgers and the
 * tables agree; at the end that a run that is left alone finishes. Throws where they do not agree.
 */
export async function killCampaign(folder: TestFolder, kills: number): Promise<{ killed: number; finished: number }> {
  const database = await emptyDatabase();
  const args = ['--url', database.url, '--dir', folder.path];
  const counts = { killed: 0, finished: 0 };
  for (let n = 0; n < kills; n++) {
    const runner = startDb(n % 2 === 0 ? ['upgrade', ...args] : ['downgrade', 'base', ...args]);
    // Most are killed at work, some before they have said a word.
    const isEarly = n % 5 === 4;
    if (!isEarly) await runner.spoke;
    const timer = setTimeout(runner.kill, Math.random() * (isEarly ? 1000 : 300));
    const { signal, code, stderr } = await runner.ended;
    clearTimeout(timer);
    if (signal) counts.killed++;
    else if (code === 0) counts.finished++;
    else throw new Error(`A runner failed by itself: ${stderr}`);
    await assertConsistent(database);
  }
  for (const verb of [['upgrade'], ['downgrade', 'base'], ['upgrade']]) {
    const { code, stderr } = await startDb([...verb, ...args]).ended;
    if (code !== 0) throw new Error(`After the kills, ${verb.join(' ')} failed: ${stderr}`);
    await assertConsistent(database);
  }
  return counts;
}

type Database = Awaited<ReturnType<typeof emptyDatabase>>;

/** Both ledgers say the same, and it is true of the tables. A server may need a moment to notice that its client died. */
async function assertConsistent(database: Database): Promise<void> {
  for (let left = 200; left > 0; left--) {
    const [busy] = await database.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'kura-migrations'",
    );
    if (busy?.n === 0) break;
    await sleep(50);
  }
  const [exists] = await database.query<{ there: boolean }>(
    "select to_regclass('drizzle.kura_migrations') is not null as there",
  );
  if (!exists?.there) return;
  // One without a transaction may be half-way: then it is in Kura's ledger, as such, and not in drizzle's.
  const rows = await database.query<{ name: string; state: string }>('select name, state from drizzle.kura_migrations');
  const applied = rows.filter(({ state }) => state === 'applied').map(({ name }) => name);
  const { drizzle } = await database.ledger();
  const tables = await database.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  const expected = applied.filter((name) => name.includes('table')).map((name) => `t${Number(name.slice(0, 4))}`);
  const actual = tables.map(({ name }) => name);
  const indexes = await database.query("select from pg_index where indexrelid = to_regclass('t0_id') and indisvalid");
  const hasIndex = applied.some((name) => name.includes('index'));
  if (
    expected.toSorted().join() !== actual.join() ||
    applied.length !== drizzle.length ||
    (hasIndex && indexes.length === 0)
  ) {
    throw new Error(
      `The ledger says ${applied.join()}, drizzle’s has ${drizzle.length}, and the tables are ${actual.join()}`,
    );
  }
}

/** An index that is built beside traffic, for the end of a list of `slowTables`. */
export const concurrentIndex = {
  name: 'index',
  up: '-- kura: no-transaction\ncreate index concurrently t0_id on t0 (id);\n--> statement-breakpoint\nselect pg_sleep(0.05);',
  down: '-- kura: no-transaction\nselect pg_sleep(0.05);\n--> statement-breakpoint\ndrop index concurrently t0_id;',
};

/** Ten migrations that take a little while each, so that a kill meets them at work. */
export function slowTables(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    name: `table_${n}`,
    up: `create table t${n} (id int);\n--> statement-breakpoint\nselect pg_sleep(0.02);\n--> statement-breakpoint\ninsert into t${n} values (1);`,
    down: `delete from t${n};\n--> statement-breakpoint\nselect pg_sleep(0.02);\n--> statement-breakpoint\ndrop table t${n};`,
  }));
}
