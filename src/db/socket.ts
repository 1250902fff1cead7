import { Client } from '@neondatabase/serverless';
import { AppError, isAppError } from '../errors.ts';
import { proxyOf, type Settings } from './config.ts';
import { isOfStatement } from './errors.ts';
import { Flush, type FlushFailure } from './flush.ts';
import type { Query, Result } from './transport.ts';

/**
 * One WebSocket session with Postgres. Opened by the first flush, which also carries the start-up packet and the
 * password (`pipelineConnect`); used by one transaction, then closed.
 */
export class Socket {
  readonly #client: Client;
  readonly #settings: Settings;
  #connecting: Promise<void> | undefined;
  #answered = false;
  #lost: AppError | undefined;

  constructor(settings: Settings) {
    const { host, secure } = proxyOf(settings.url);
    this.#settings = settings;
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
    const timer = setTimeout(() => this.#expire(flush), Math.max(0, this.#patience(deadline)));
    this.#connect(flush).then(
      () => void submit(this.#client, flush),
      (error: unknown) => flush.handleError(error),
    );
    const outcome = await flush.outcome;
    clearTimeout(timer);
    const first = !this.#answered;
    this.#answered ||= !('error' in outcome) || outcome.results.length > 0;
    return first && !this.#answered && 'error' in outcome ? { ...outcome, error: notBegun(outcome.error) } : outcome;
  }

  /** Ends the session: a Terminate message, then the WebSocket's closing. Does not wait for an answer. */
  close(): void {
    if (this.#lost || !this.#connecting) return;
    this.#lost = new AppError('connection_lost');
    this.#client.end().catch(() => {}); // there is nobody left to tell
  }

  /** Drops the connection at once, without Terminate: Postgres rolls back what it held. */
  destroy(): void {
    this.#lost ??= new AppError('connection_lost');
    this.#client.neonConfig.destroy();
  }

  #connect(flush: Flush): Promise<void> {
    if (!this.#connecting) {
      this.#connecting = this.#client.connect();
      this.#connecting.catch((error: unknown) => flush.handleError(error));
    }
    return this.#connecting;
  }

  /** Until the server has said a word, the connect timeout holds too: the driver's own does not fire when pipelining. */
  #patience(deadline: number): number {
    const left = deadline - Date.now();
    return this.#answered ? left : Math.min(left, this.#settings.connectTimeoutMs);
  }

  #expire(flush: Flush): void {
    const code = this.#answered ? 'deadline_exceeded' : 'unavailable';
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

/** Not even BEGIN ran: whatever it was that failed, the session did not come about, and it is safe to try again. */
function notBegun(error: AppError): AppError {
  const known = isAppError(error, 'configuration', 'too_many_connections', 'unavailable');
  return known || isOfStatement(error)
    ? error
    : new AppError('unavailable', 'The database cannot be reached', { cause: error });
}

/** The driver runs any object that has `submit` and these handlers; its types describe pg's own two such classes. */
function submit(client: Client, flush: Flush): void {
  client.query(flush as unknown as Parameters<Client['query']>[0]);
}
