import { Client } from '@neondatabase/serverless';
import { AppError, isAppError } from '../errors.ts';
import { proxyOf, type Settings } from './config.ts';
import { Flush, type FlushFailure } from './flush.ts';
import type { Meter } from './meter.ts';
import { msUntil } from './time.ts';
import type { Query, Result } from './transport.ts';

/**
 * One WebSocket session with Postgres. Opened by the first flush, which also carries the start-up packet and the
 * password (`pipelineConnect`); used by one transaction, then closed.
 */
export class Socket {
  readonly #client: Client;
  readonly #settings: Settings;
  readonly #meter: Meter;
  #connecting: Promise<void> | undefined;
  /** The server has logged us in, and waits for statements. */
  #stands = false;
  #lost: AppError | undefined;

  constructor(settings: Settings, meter: Meter) {
    const { host, secure } = proxyOf(settings.url);
    this.#settings = settings;
    this.#meter = meter;
    this.#client = new Client({ connectionString: settings.url, application_name: settings.applicationName });
    this.#client.neonConfig.wsProxy = () => `${host}/v2`;
    this.#client.neonConfig.useSecureWebSocket = secure;
    this.#client.neonConfig.webSocketConstructor = webSocketConstructor();
    this.#client.neonConfig.pipelineConnect = 'password';
    // A broken connection also fails the flush that was under way; without a listener it would end the process.
    this.#client.on('error', () => {});
  }

  /** Sends the queries in one flush. Never rejects: a failure tells how far it came. `deadline` is a timestamp in ms. */
  async send(queries: readonly Query[], deadline: number): Promise<readonly Result[] | FlushFailure> {
    if (this.#lost) return { error: this.#lost, results: [] };
    const flush = new Flush(queries);
    const timers = [setTimeout(() => this.#expire(flush), msUntil(deadline))];
    // The driver's own connect timeout does not fire when pipelining.
    if (!this.#stands)
      timers.push(setTimeout(() => this.#stands || this.#expire(flush), this.#settings.connectTimeoutMs));
    this.#connect(flush).then(
      () => void submit(this.#client, flush),
      (error: unknown) => flush.handleError(error),
    );
    const outcome = await this.#meter.measure(flush.outcome);
    timers.forEach(clearTimeout);
    return this.#stands || !('error' in outcome) ? outcome : { ...outcome, error: notBegun(outcome.error) };
  }

  /** Ends the session: a Terminate message, then the WebSocket's closing. Does not wait for an answer. */
  close(): void {
    if (this.#lost || !this.#connecting) return;
    this.#lost = new AppError('connection_lost');
    this.#client.end().catch(() => {}); // there is nobody left to tell
    // The driver leaves the closing to the server, which may never do it; its Terminate leaves from a timer before this one.
    setTimeout(() => this.#client.neonConfig.destroy(), 0);
  }

  /** Drops the connection at once, without Terminate: Postgres rolls back what it held. */
  destroy(): void {
    this.#lost ??= new AppError('connection_lost');
    this.#client.neonConfig.destroy();
  }

  #connect(flush: Flush): Promise<void> {
    if (!this.#connecting) {
      this.#connecting = this.#client.connect();
      onReady(this.#client, () => {
        this.#stands = true;
      });
      this.#connecting.catch((error: unknown) => flush.handleError(error));
    }
    return this.#connecting;
  }

  #expire(flush: Flush): void {
    const code = this.#stands ? 'deadline_exceeded' : 'unavailable';
    this.#lost = new AppError(code, 'The database did not answer in time');
    flush.fail(this.#lost);
    this.destroy();
  }
}

let quietWebSocket: typeof WebSocket | undefined;

/**
 * The driver sends from a timer: where the server has closed the WebSocket meanwhile, workerd's `send` throws there, and
 * nobody could catch it. That the connection is gone is told by its close event. Made on first use: Node 20 has no WebSocket.
 */
function webSocketConstructor(): typeof WebSocket {
  if (typeof WebSocket === 'undefined') {
    throw new AppError('configuration', 'A transaction needs a runtime with WebSocket: Workers, or Node 22 and newer');
  }
  quietWebSocket ??= class extends WebSocket {
    override send(...data: Parameters<WebSocket['send']>): void {
      try {
        super.send(...data);
      } catch {
        this.close();
      }
    }
  };
  return quietWebSocket;
}

/** Whatever it was that failed, the session did not come about, nothing ran, and it is safe to try again. */
function notBegun(error: AppError): AppError {
  const known = isAppError(error, 'configuration', 'too_many_connections', 'unavailable');
  return known ? error : new AppError('unavailable', 'The database cannot be reached', { cause: error });
}

/**
 * When pipelining, the client's `connect` does not wait for the server; its connection, which its types leave out, tells. To
 * be called after `connect`, which removes all such listeners.
 */
function onReady(client: Client, listener: () => void): void {
  const { connection } = client as unknown as { connection: Pick<Client, 'once'> };
  connection.once('readyForQuery', listener);
}

/** The driver runs any object that has `submit` and these handlers; its types describe pg's own two such classes. */
function submit(client: Client, flush: Flush): void {
  client.query(flush as unknown as Parameters<Client['query']>[0]);
}
