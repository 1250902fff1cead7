import { neon } from '@neondatabase/serverless';
import { inject } from 'vitest';
import { openDatabase } from '../../src/db/neon.ts';
import { TEMPLATE } from './names.ts';

export interface TestDatabase {
  readonly name: string;
  /** Through the local Neon proxy. */
  readonly url: string;
  /** Straight to Postgres, plain TCP; for tests on Node. */
  readonly directUrl: string;
}

/** A database of this test file's own, cloned from the migrated template (or from none: `template0`). */
export async function createTestDatabase(template: string = TEMPLATE): Promise<TestDatabase> {
  openDatabase({ url: inject('neon') }); // points the driver at the local proxy
  const name = `t_${crypto.randomUUID().replaceAll('-', '')}`;
  const admin = neon(inject('neon'));
  await admin.query(`create database ${name} template ${template}`);
  // Settings of a database are not cloned with it; these are the ones that the migration `writers` makes.
  await admin.query(`alter database ${name} set timezone to 'UTC'`);
  await admin.query(`alter database ${name} set statement_timeout to '30s'`);
  return { name, url: withName(inject('neon'), name), directUrl: withName(inject('postgres'), name) };
}

/** The proxy's counters for one database: how many round trips were really made. */
export async function wireStats(database: TestDatabase): Promise<WireStats> {
  return (await (await fetch(statsUrl(database))).json()) as WireStats;
}

export async function resetWireStats(database: TestDatabase): Promise<void> {
  await fetch(statsUrl(database), { method: 'DELETE' });
}

export interface WireStats {
  readonly http: { readonly requests: number; readonly roundTrips: number };
  readonly websocket: { readonly connections: number; readonly roundTrips: number };
}

function statsUrl({ name }: TestDatabase): string {
  return `http://${new URL(inject('neon')).host}/_kura/stats?database=${name}`;
}

function withName(url: string, name: string): string {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.href;
}
