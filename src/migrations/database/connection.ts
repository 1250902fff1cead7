import { Client as NeonClient } from '@neondatabase/serverless';
import pg from 'pg';
import { proxyOf } from '../../db/config.ts';
import { MigrationFault, oneLine } from '../fault.ts';
import { assertDirect, describeUrl, transportOf, type Via } from './address.ts';

/** ms until a connection must stand: a sleeping compute takes a few seconds to start. */
const CONNECT_TIMEOUT = 20_000;

export interface ConnectOptions {
  readonly url: string;
  readonly via?: Via;
  readonly applicationName?: string;
}

/** One session, over plain TCP or Neon's WebSocket. */
export class Connection {
  readonly #client: pg.Client | NeonClient;
  #lost = false;
  /** The server process, as `pg_stat_activity` has it. */
  pid = 0;

  constructor(client: pg.Client | NeonClient) {
    this.#client = client;
    const lose = () => {
      this.#lost = true;
    };
    client.on('error', lose); // it also rejects the query that was running
    client.on('end', lose);
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Runs one statement, or several without parameters. Resolves with the last one's rows and command tag. */
  async query<R extends object>(
    text: string,
    parameters?: unknown[],
  ): Promise<{ rows: R[]; command: string; rowCount: number }> {
    if (this.#lost) throw new Error('Connection terminated');
    try {
      // Both clients come from the same code and take the same arguments; only their declared types differ.
      const client = this.#client as pg.Client;
      const answer: pg.QueryResult | pg.QueryResult[] = await client.query(text, parameters);
      const last = Array.isArray(answer) ? answer.at(-1) : answer;
      return { rows: (last?.rows ?? []) as R[], command: last?.command ?? '', rowCount: last?.rowCount ?? 0 };
    } catch (error) {
      if (endsSession(error)) this.#lost = true;
      throw error;
    }
  }

  async rows<R extends object>(text: string, parameters?: unknown[]): Promise<R[]> {
    return (await this.query<R>(text, parameters)).rows;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {}); // it may be gone already
  }
}

/** Opens a session on the direct host. Throws `unreachable`, `refused` (a pooled host) or `usage` (no URL). */
export async function connect({
  url,
  via = 'auto',
  applicationName = 'kura-migrations',
}: ConnectOptions): Promise<Connection> {
  assertDirect(url);
  const client = transportOf(url, via) === 'tcp' ? tcpClient(url, applicationName) : neonClient(url, applicationName);
  const connection = new Connection(client);
  try {
    await withinTime<unknown>(client.connect());
    const [session] = await withinTime(connection.rows<{ pid: number }>('select pg_backend_pid() as pid'));
    connection.pid = session?.pid ?? 0;
    return connection;
  } catch (error) {
    void connection.close(); // a server that never answers would never answer this either
    throw new MigrationFault('unreachable', `Cannot connect to ${describeUrl(url)}: ${oneLine(error)}`, {
      cause: error,
    });
  }
}

function tcpClient(url: string, applicationName: string): pg.Client {
  return new pg.Client({ connectionString: url, application_name: applicationName, keepAlive: true });
}

function neonClient(url: string, applicationName: string): NeonClient {
  const client = new NeonClient({ connectionString: url, application_name: applicationName });
  const { host, secure } = proxyOf(url);
  client.neonConfig.useSecureWebSocket = secure;
  client.neonConfig.wsProxy = () => `${host}/v2`;
  client.neonConfig.pipelineConnect = false; // works with every kind of password authentication
  client.neonConfig.pipelineTLS = false;
  client.neonConfig.forceDisablePgSSL = true; // the WebSocket itself is encrypted
  return client;
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer in ${CONNECT_TIMEOUT / 1000} s`)), CONNECT_TIMEOUT);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Anything but an SQL error, and the SQL errors that end the session (class 08, and shut-downs of class 57P). */
function endsSession(error: unknown): boolean {
  const code = sqlState(error);
  return code === undefined || code.startsWith('08') || /^57P0[123]$/.test(code);
}

/** The SQLSTATE of an error that Postgres sent. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && code.length === 5 && severity !== undefined ? code : undefined;
}
