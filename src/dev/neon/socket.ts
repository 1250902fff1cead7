import type { WebSocket } from 'ws';
import type { Address } from './address.ts';
import { askForPassword, type ErrorFields, errorResponse, welcome } from './backend.ts';
import { ByteReader, StreamEnded } from './bytes.ts';
import { cancelBackend } from './cancel.ts';
import { ClientEnd } from './client-end.ts';
import type { Counters } from './counters.ts';
import { ProtocolError } from './errors.ts';
import type { Write } from './flow.ts';
import type { Latency } from './latency.ts';
import { relay } from './relay.ts';
import { filterOptions, readOpening, readPassword } from './startup.ts';
import { openUpstream, takeSocket, type Upstream } from './upstream.ts';

/** What the WebSockets of one proxy share. */
export interface SocketContext {
  address: Address;
  counters: Counters;
  latency: Latency;
}

/** A session under way; `done` resolves when both ends are closed. */
export interface SocketSession {
  done: Promise<void>;
  terminate(): void;
}

/**
 * Serves one WebSocket: terminates the client's authentication by cleartext password, as Neon does for every Postgres
 * behind it, then passes bytes both ways. What fails before that is answered with an ErrorResponse.
 */
export function serveSocket(context: SocketContext, ws: WebSocket): SocketSession {
  const reader = new ByteReader();
  let sink: Write = (chunk, done) => {
    reader.push(chunk);
    done();
  };
  const client = new ClientEnd(ws, context.latency, context.counters.connection(), (chunk, done) => sink(chunk, done));
  client.gone.addEventListener('abort', () => reader.end());
  return { done: serve(), terminate: () => client.terminate() };

  async function serve(): Promise<void> {
    const upstream = await openSession(context.address, client, reader).catch((error: unknown) => {
      const fields = toFields(error);
      if (fields) client.send(errorResponse(fields));
    });
    if (!upstream) return client.close();
    // No await between the log-in and here: the socket would lose bytes.
    const socket = takeSocket(upstream);
    client.send(welcome(upstream.parameters, upstream.key));
    sink = (chunk, done) => socket.write(chunk, () => done());
    const early = reader.rest();
    if (early.length > 0) socket.write(early);
    await relay(client, socket, () => cancelBackend(context.address, upstream.key));
  }
}

/** Start-up, password, log-in. Nothing for a cancel request, which is all that its connection is for. */
async function openSession(address: Address, client: ClientEnd, reader: ByteReader): Promise<Upstream | undefined> {
  const opening = await readOpening(reader, () => client.send(Buffer.from('N')));
  if (opening.kind === 'cancel') {
    await cancelBackend(address, opening.key);
    return undefined;
  }
  // Neon lets these through and drops the rest, statement_timeout among them (`set_startup_params`).
  const { parameters } = opening;
  const user = parameters.get('user') ?? '';
  const database = parameters.get('database') || user;
  client.tally.assign(database);
  client.send(askForPassword());
  const login = {
    user,
    password: await readPassword(reader),
    database,
    applicationName: parameters.get('application_name'),
    options: filterOptions(parameters.get('options') ?? ''),
    replication: parameters.get('replication'),
  };
  return openUpstream(address, login, client.gone);
}

/** Nothing when the client has left, and there is no one to tell. */
function toFields(error: unknown): ErrorFields | undefined {
  if (error instanceof StreamEnded) return undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ProtocolError) return { severity: 'FATAL', code: '08P01', message };
  // Neon's code for every failed log-in, whatever Postgres said of it (`throw_error` in proxy/src/stream.rs).
  return { severity: 'ERROR', code: 'XX000', message };
}
