import { setImmediate } from 'node:timers/promises';
import type { Address } from './address.ts';
import { Cancelled } from './errors.ts';
import { Gate } from './gate.ts';
import { Session } from './session.ts';
import { closeUpstream, type Login, openUpstream, type Upstream } from './upstream.ts';

/** Together below Postgres's default `max_connections` of 100, with room for WebSockets. */
const MAX_BUSY = 40;
const MAX_IDLE = 20;
const IDLE_MS = 2000;

/** What Neon's proxy sends between two users of a connection (`reset_session_background`). */
const RESET = `CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *;
  SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES;`;

interface Idle {
  upstream: Upstream;
  owner: string;
  /** False when the reset failed, and the connection is not to be used. */
  clean: Promise<boolean>;
  expiry: NodeJS.Timeout;
}

/** Connections to Postgres for HTTP requests: one request at a time each, last in first out, reset in between. */
export class ConnectionPool {
  readonly #address: Address;
  readonly #gate = new Gate(MAX_BUSY);
  readonly #idle: Idle[] = [];
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(address: Address) {
    this.#address = address;
  }

  /**
   * Opens or reuses a connection for `work`. It is kept only if `work` returns, or throws what `isReusable` accepts.
   * Throws what `work` does, Cancelled, and the errors of `openUpstream`.
   */
  async use<T>(
    login: Login,
    signal: AbortSignal,
    work: (session: Session) => Promise<T>,
    isReusable: (error: unknown) => boolean,
  ): Promise<T> {
    await this.#gate.enter(signal);
    try {
      const owner = JSON.stringify(login);
      const upstream = (await this.#takeIdle(owner)) ?? (await this.#open(login, signal));
      let keep = false;
      try {
        const result = await work(new Session(upstream, this.#address, signal));
        keep = true;
        return result;
      } catch (error) {
        keep = isReusable(error);
        throw error;
      } finally {
        if (keep && !this.#closed && !upstream.broken) this.#giveBack(upstream, owner);
        else this.#end(upstream);
      }
    } finally {
      this.#gate.leave();
    }
  }

  /** Ends every idle connection, and those in use when they are given back; resolves when Postgres has let go of them. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const idle of [...this.#idle]) this.#drop(idle);
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  async #open(login: Login, signal: AbortSignal): Promise<Upstream> {
    try {
      return await openUpstream(this.#address, login, signal);
    } catch (error) {
      throw signal.aborted ? new Cancelled() : error;
    }
  }

  async #takeIdle(owner: string): Promise<Upstream | undefined> {
    // One whole turn of the event loop, to hear of backends that ended since the last request.
    await setImmediate();
    await setImmediate();
    for (let at = this.#idle.findLastIndex(isOwn); at >= 0; at = this.#idle.findLastIndex(isOwn)) {
      const [idle] = this.#idle.splice(at, 1);
      clearTimeout(idle?.expiry);
      if (idle && (await idle.clean) && !idle.upstream.broken) return idle.upstream;
      if (idle) this.#end(idle.upstream);
    }
    return undefined;

    function isOwn(idle: Idle): boolean {
      return idle.owner === owner;
    }
  }

  #giveBack(upstream: Upstream, owner: string): void {
    const idle: Idle = {
      upstream,
      owner,
      clean: resetSession(upstream),
      expiry: setTimeout(() => this.#drop(idle), IDLE_MS).unref(),
    };
    this.#idle.push(idle);
    const oldest = this.#idle[0];
    if (this.#idle.length > MAX_IDLE && oldest) this.#drop(oldest);
  }

  #drop(idle: Idle): void {
    clearTimeout(idle.expiry);
    const at = this.#idle.indexOf(idle);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#end(idle.upstream);
  }

  #end(upstream: Upstream): void {
    const ended = closeUpstream(upstream).finally(() => this.#closing.delete(ended));
    this.#closing.add(ended);
  }
}

/** ROLLBACK only where there is a transaction: elsewhere it would put a warning per request into Postgres's log. */
async function resetSession({ client }: Upstream): Promise<boolean> {
  try {
    if (client.getTransactionStatus() !== 'I') await client.query('ROLLBACK');
    await client.query(RESET);
    return true;
  } catch {
    // Whatever went wrong, the answer is the same: the caller throws the connection away.
    return false;
  }
}
