import { type FullQueryResults, type NeonQueryPromise, neon, neonConfig } from '@neondatabase/serverless';
import { proxyOf, type Settings, withApplicationName } from './config.ts';
import type { BatchOptions } from './database.ts';
import { fromHttp, ProxyStatusError } from './errors.ts';
import type { Meter } from './meter.ts';
import { remembered } from './remembered.ts';
import { msUntil } from './time.ts';
import type { Query, Result } from './transport.ts';

const ISOLATION = {
  'read committed': 'ReadCommitted',
  'repeatable read': 'RepeatableRead',
  serializable: 'Serializable',
} as const satisfies Record<NonNullable<BatchOptions['isolation']>, string>;

/** Leaves values as Postgres sent them: `values.ts` reads them, for both transports. */
const rawText = { getTypeParser: () => (text: string) => text };

type Answer = FullQueryResults<true>;

/** The driver for a connection string: it holds no connection, so that all requests of the isolate may share it. */
const driverOf = remembered((url: string) =>
  neon(url, { arrayMode: true, fullResults: true, disableWarningInBrowsers: true }),
);

/** The HTTP transport: one statement or one batch is one request, one round trip. */
export class HttpTransport {
  readonly #sql;
  readonly #meter: Meter;

  constructor(settings: Settings, meter: Meter) {
    this.#meter = meter;
    // The endpoint belongs to the connection string, but the driver lets only its global configuration choose it.
    neonConfig.fetchFunction = fetchFromProxy;
    this.#sql = driverOf(withApplicationName(settings.url, settings.applicationName));
  }

  /** Runs one statement in autocommit. `deadline` is a timestamp in ms. */
  one(query: Query, deadline: number): Promise<Result> {
    const fetchOptions = { signal: AbortSignal.timeout(msUntil(deadline)) };
    return this.#answered(this.#query(query, fetchOptions), !query.read).then(toResult);
  }

  /**
   * Runs all the queries in one transaction: an explicit one, unless there is but one query, without modes; that is a
   * transaction by itself, and spares the proxy the two round trips to Postgres that BEGIN and COMMIT take.
   */
  async batch(queries: readonly Query[], options: BatchOptions, deadline: number): Promise<Result[]> {
    const { isolation, readOnly, deferrable } = options;
    const [only] = queries;
    if (only && queries.length === 1 && !isolation && !readOnly && !deferrable) return [await this.one(only, deadline)];
    const fetchOptions = { signal: AbortSignal.timeout(msUntil(deadline)) };
    const answers = await this.#answered(
      this.#sql.transaction(
        queries.map((query) => this.#query(query)),
        {
          fetchOptions,
          ...(isolation && { isolationLevel: ISOLATION[isolation] }),
          ...(readOnly !== undefined && { readOnly }),
          ...(deferrable !== undefined && { deferrable }),
        },
      ),
    );
    return answers.map(toResult);
  }

  #query({ text, params }: Query, fetchOptions = {}): NeonQueryPromise<true, true, Answer> {
    return this.#sql.query(text, [...params], { types: rawText, fetchOptions });
  }

  async #answered<T>(request: PromiseLike<T>, autocommit = false): Promise<T> {
    try {
      return await this.#meter.measure(request);
    } catch (error) {
      throw fromHttp(error, autocommit);
    }
  }
}

function toResult({ fields, rows, command }: Answer): Result {
  return { fields, rows, command };
}

/** fetch, sent to where the connection string's proxy listens; a status the driver cannot tell apart becomes a typed error. */
async function fetchFromProxy(_: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
  const { host, secure } = proxyOf(init.headers['Neon-Connection-String'] ?? '');
  const response = await fetch(`${secure ? 'https' : 'http'}://${host}/sql`, init);
  if (response.ok || response.status === 400) return response;
  throw new ProxyStatusError(response.status, await response.text());
}
