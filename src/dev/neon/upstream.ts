import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Address } from './address.ts';
import type { BackendKey } from './cancel.ts';
import { COULD_NOT_CONNECT, LoginRefused, ProxyError } from './errors.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 1000;

/** Who logs in to which database; what else of a client's start-up Neon lets through. */
export interface Login {
  user: string;
  password: string;
  database: string;
  applicationName?: string | undefined;
  options?: string | undefined;
  replication?: string | undefined;
}

/** A logged-in connection to Postgres. */
export interface Upstream {
  client: pg.Client;
  key: BackendKey;
  /** The ParameterStatus values that Postgres reported while logging in. */
  parameters: Map<string, string>;
  /** Postgres has ended it: the backend was terminated, or the network broke. */
  broken: boolean;
}

/**
 * Logs in to Postgres, by whatever way of authentication it asks for. The returned client has an `error` listener.
 * Throws LoginRefused with Postgres's answer, or ProxyError 500 when there is no answer; `signal` breaks it off.
 */
export async function openUpstream(address: Address, login: Login, signal: AbortSignal): Promise<Upstream> {
  const client = new pg.Client({
    ...address,
    ssl: false,
    user: login.user,
    // As a function: an empty password as a string would fall back to PGPASSWORD.
    password: () => login.password,
    database: login.database,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(login.applicationName ? { application_name: login.applicationName } : {}),
    ...(login.options ? { options: login.options } : {}),
    ...(login.replication ? { replication: login.replication } : {}),
  });
  const key: BackendKey = { processId: 0, secretKey: 0 };
  const parameters = new Map<string, string>();
  const upstream: Upstream = { client, key, parameters, broken: false };
  client.connection.on('backendKeyData', (data: { processID: number; secretKey: number }) => {
    Object.assign(key, { processId: data.processID, secretKey: data.secretKey });
  });
  client.connection.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
    parameters.set(status.parameterName, status.parameterValue);
  });
  // A backend may be terminated at any time; without a listener that would end this process.
  client.on('error', () => {
    upstream.broken = true;
  });
  client.on('end', () => {
    upstream.broken = true;
  });
  const abandon = () => client.connection.stream.destroy();
  signal.addEventListener('abort', abandon);
  try {
    await client.connect();
    return upstream;
  } catch (error) {
    client.connection.stream.destroy();
    if (error instanceof pg.DatabaseError) throw new LoginRefused(error, login.user);
    throw new ProxyError(500, COULD_NOT_CONNECT);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

/** Logs out. Resolves when the connection is closed, by force if Postgres does not do so in time. */
export async function closeUpstream({ client }: Upstream): Promise<void> {
  const force = setTimeout(() => client.connection.stream.destroy(), END_TIMEOUT_MS);
  await client.end();
  clearTimeout(force);
}

/**
 * Takes the socket away from pg's client, which must not be used any more. The socket is paused. To be called in the same
 * tick as `openUpstream` resolved, or bytes are lost.
 */
export function takeSocket({ client }: Upstream): Duplex {
  const socket = client.connection.stream;
  socket.pause();
  for (const event of ['data', 'error', 'close']) socket.removeAllListeners(event);
  return socket;
}
