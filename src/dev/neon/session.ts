import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from './address.ts';
import { cancelBackend } from './cancel.ts';
import { Cancelled } from './errors.ts';
import { RawQuery, type RawResult } from './raw-query.ts';
import type { Upstream } from './upstream.ts';

/** How long a cancelled query may take to end; Neon waits as long. */
const CANCEL_GRACE_MS = 100;

/** A connection to Postgres while it serves one HTTP request. */
export class Session {
  readonly #upstream: Upstream;
  readonly #address: Address;
  readonly #signal: AbortSignal;

  constructor(upstream: Upstream, address: Address, signal: AbortSignal) {
    this.#upstream = upstream;
    this.#address = address;
    this.#signal = signal;
  }

  /**
   * Runs one statement. Throws what Postgres answers, ProxyError 507 when the rows exceed `budget` bytes, and Cancelled
   * when the request ends first: the query is then cancelled in Postgres too.
   */
  async run(text: string, params: (string | null)[] = [], budget = Number.POSITIVE_INFINITY): Promise<RawResult> {
    if (this.#signal.aborted) throw new Cancelled();
    const query = this.#upstream.client.query(new RawQuery(text, params, budget));
    const ended = Promise.withResolvers<'ended'>();
    const onAbort = () => ended.resolve('ended');
    this.#signal.addEventListener('abort', onAbort);
    try {
      const first = await Promise.race([query.result, ended.promise]);
      if (first !== 'ended') return first;
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
    }
    await cancelBackend(this.#address, this.#upstream.key);
    await Promise.race([query.result.catch(() => undefined), sleep(CANCEL_GRACE_MS)]);
    throw new Cancelled();
  }
}
