import pg from 'pg';
import { inject } from 'vitest';
import { withDatabase } from '../../../src/migrations/database/address.ts';

export interface EmptyDatabase {
  readonly url: string;
  /** Runs SQL in a session of its own and returns the rows. */
  query<R extends object>(text: string, parameters?: unknown[]): Promise<R[]>;
  /** The names in Kura's ledger, by order of application, and the time stamps in drizzle's. */
  ledger(): Promise<{ kura: string[]; drizzle: number[] }>;
}

/** A database with nothing in it. */
export async function emptyDatabase(): Promise<EmptyDatabase> {
  const name = `m_${crypto.randomUUID().replaceAll('-', '')}`;
  await run(inject('postgres'), `create database ${name} template template0`);
  const url = withDatabase(inject('postgres'), name);
  return {
    url,
    query: (text, parameters) => run(url, text, parameters),
    async ledger() {
      const kura = await run<{ name: string }>(url, 'select name from drizzle.kura_migrations order by sequence');
      const drizzle = await run<{ at: string }>(
        url,
        'select created_at as at from drizzle.__drizzle_migrations order by id',
      );
      return { kura: kura.map(({ name }) => name), drizzle: drizzle.map(({ at }) => Number(at)) };
    },
  };
}

/** Runs SQL in a session of its own. */
export async function run<R extends object>(url: string, text: string, parameters?: unknown[]): Promise<R[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text, parameters)).rows as R[];
  } finally {
    await client.end();
  }
}
