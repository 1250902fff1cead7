import { neon, neonConfig } from '@neondatabase/serverless';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { type NeonProxy, startNeonProxy } from '../../../src/dev/neon-proxy.ts';

/** A proxy and a database of one test file's own. */
export interface Harness {
  readonly database: string;
  readonly proxy: NeonProxy;
  /** The database through the proxy. */
  readonly url: string;
  /** The database without the proxy. */
  readonly directUrl: string;
  /** A connection straight to Postgres, for what the proxy is not to know of. */
  readonly admin: pg.Client;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a JSON answer of any shape, for assertions only
  body: any;
}

/** Sets up what a test file needs, and takes it down after it. Use the returned object inside tests only. */
export function useHarness(): Harness {
  const harness: { -readonly [K in keyof Harness]?: Harness[K] } = {};

  beforeAll(async () => {
    const name = `neon_${crypto.randomUUID().replaceAll('-', '')}`;
    await onServer(`create database ${name}`);
    const direct = new URL(inject('postgres'));
    direct.pathname = `/${name}`;
    const proxy = await startNeonProxy({ postgres: direct.href });
    const admin = new pg.Client({ connectionString: direct.href, application_name: 'harness' });
    await admin.connect();
    Object.assign(harness, { database: name, proxy, admin, url: through(proxy, direct.href), directUrl: direct.href });
    pointDriver();
  });

  afterAll(async () => {
    await harness.proxy?.close();
    await harness.admin?.end();
    if (harness.database) await onServer(`drop database ${harness.database} with (force)`);
  });

  return harness as Harness;
}

/** The URL of a database as seen through a proxy. */
export function through(proxy: NeonProxy, url: string): string {
  const copy = new URL(url);
  copy.hostname = proxy.host;
  copy.port = String(proxy.port);
  return copy.href;
}

/** Points the driver at whatever proxy a URL names. */
export function pointDriver(): void {
  neonConfig.fetchEndpoint = (host, port) => `http://${host}:${port}/sql`;
  neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineTLS = false;
  neonConfig.pipelineConnect = 'password';
}

/** One statement by the real driver over HTTP, with a whole result whose values are left as the text that came. */
export function rawQuery(url: string, text: string, params: unknown[] = []) {
  // Per query: the driver ignores `types` among the options of `neon()`.
  const types = { getTypeParser: () => (value: string) => value };
  return neon(url).query(text, params, { fullResults: true, arrayMode: true, types });
}

/** `POST /sql` by a client of our own, which is not bound to what the driver sends. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`http://${new URL(url).host}/sql`, {
    method: 'POST',
    headers: { 'Neon-Connection-String': url, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** An error that is not Postgres's. */
export function ownError(message: unknown) {
  return {
    message,
    code: '',
    detail: null,
    hint: null,
    position: null,
    internalPosition: null,
    internalQuery: null,
    severity: '',
    where: null,
    table: null,
    column: null,
    schema: null,
    dataType: null,
    constraint: null,
    file: null,
    line: null,
    routine: null,
  };
}

/** Backends of this file's database that came through the proxy: process ids, with what they run. */
export async function backends({ admin }: Harness): Promise<{ pid: number; query: string; state: string }[]> {
  const { rows } = await admin.query(
    `select pid, query, state from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and application_name <> 'harness'`,
  );
  return rows;
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client(inject('postgres'));
  await client.connect();
  await client.query(statement);
  await client.end();
}
