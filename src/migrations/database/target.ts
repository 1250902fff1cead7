import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../dev/postgres.ts';
import { MigrationFault, oneLine } from '../fault.ts';
import { isLocal, withDatabase } from './address.ts';

const state = resolve(import.meta.dirname, '../../../.kura');

/**
 * Calls `fn` with the database to work on: `given`, DATABASE_URL, or the one that `npm start` runs. Where that does not
 * run, its Postgres is started for as long as `fn` takes.
 */
export async function withTarget<T>(given: string | undefined, fn: (url: string) => Promise<T>): Promise<T> {
  const named = given ?? process.env.DATABASE_URL;
  if (named) return fn(named);
  const running = await runningDatabase();
  if (running) return fn(running);
  const postgres = await startPostgres({ dataDir: join(state, 'postgres') }).catch((error: unknown) => {
    throw new MigrationFault('unreachable', oneLine(error), { cause: error });
  });
  try {
    await createIfMissing(postgres.url);
    return await fn(withDatabase(postgres.url, 'kura'));
  } finally {
    await postgres.stop();
  }
}

/** Whether losing data there would hurt: production, and any database that is not on this machine. */
export function isPrecious(url: string): boolean {
  return process.env.ENVIRONMENT === 'production' || !isLocal(url);
}

/** The URL of the Postgres that `npm start` has running; its lock file says where. */
async function runningDatabase(): Promise<string | undefined> {
  let port: string | undefined;
  try {
    port = readFileSync(join(state, 'postgres', 'postmaster.pid'), 'utf8')
      .split('\n')[3]
      ?.trim();
  } catch {
    return undefined; // no lock file: no server
  }
  const url = `postgres://kura:kura@127.0.0.1:${port}/postgres`;
  try {
    await createIfMissing(url);
    return withDatabase(url, 'kura');
  } catch {
    return undefined; // what a killed server left; starting one clears it
  }
}

async function createIfMissing(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on('error', () => {}); // it also rejects the query that was running
  try {
    await client.connect();
    const { rowCount } = await client.query("select from pg_database where datname = 'kura'");
    if (rowCount === 0) await client.query('create database kura');
  } finally {
    await client.end();
  }
}
