import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';

interface JournalEntry {
  readonly when: number;
  readonly tag: string;
}

const folder = new URL('../../drizzle/', import.meta.url);

/** One runner at a time: the session-level advisory lock that every runner takes ("kura" in ASCII). */
const LOCK = 0x6b757261;

/**
 * Applies every migration of `drizzle/` that the database's ledger lacks, in order, each in a transaction of its own with
 * its ledger row. The ledger is drizzle-kit's. `url` is the direct host. Returns the names applied.
 */
export async function upgrade(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'kura-migrations' });
  client.on('error', () => {}); // a lost connection also rejects the query that was running
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(${LOCK})`);
    await client.query(`
      set statement_timeout = 0;
      create schema if not exists drizzle;
      create table if not exists drizzle.__drizzle_migrations
        (id serial primary key, hash text not null, created_at bigint)`);
    const ledger = await client.query<{ created_at: string }>('select created_at from drizzle.__drizzle_migrations');
    const known = new Set(ledger.rows.map((row) => Number(row.created_at)));
    const applied: string[] = [];
    for (const entry of await readJournal()) {
      if (known.has(entry.when)) continue;
      await apply(client, entry);
      applied.push(entry.tag);
    }
    return applied;
  } finally {
    await client.end();
  }
}

async function readJournal(): Promise<JournalEntry[]> {
  const journal: { entries: JournalEntry[] } = JSON.parse(
    await readFile(new URL('meta/_journal.json', folder), 'utf8'),
  );
  return journal.entries;
}

async function apply(client: pg.Client, { tag, when }: JournalEntry): Promise<void> {
  const script = await readFile(new URL(`${tag}.sql`, folder), 'utf8');
  const hash = createHash('sha256').update(script).digest('hex');
  await client.query('begin');
  try {
    for (const statement of script.split('--> statement-breakpoint')) await client.query(statement);
    await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [hash, when]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {}); // the first error is the one to tell
    throw new Error(`The migration ${tag} failed: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
