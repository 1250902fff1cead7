import { AppError } from '../errors.ts';
import { runBatch } from './batch.ts';
import { type DatabaseConfig, type Settings, withDefaults } from './config.ts';
import type { Database, InteractiveTransaction } from './database.ts';
import { drizzleStatement } from './drizzle.ts';
import { HttpTransport } from './http.ts';
import { Meter } from './meter.ts';
import { batchSettings } from './prologue.ts';
import { asCommitUnknown, backOff, inDoubt, notExecuted, withRetry } from './retry.ts';
import type { Runner } from './statement.ts';
import { Attempt, type Place } from './transaction.ts';
import type { Query, Result } from './transport.ts';

/**
 * Opens a database without any I/O. The caller closes it: `withDatabase` is the bracket, and the HTTP middleware does so
 * per request.
 */
export function openDatabase(config: DatabaseConfig): Database {
  const settings = withDefaults(config);
  const meter = new Meter();
  const primary = new HttpTransport(settings, meter);
  const replica = config.replicaUrl ? new HttpTransport({ ...settings, url: config.replicaUrl }, meter) : primary;
  const live = new Set<Attempt>();
  let closed = false;
  let onPrimary: Database | undefined;

  const open = () => {
    if (closed) throw new AppError('database_closed', 'The database was closed before this statement ran');
  };

  const database = (reads: HttpTransport): Database => {
    const runner = oneShot(settings, primary, reads, open);
    return {
      kind: 'database',
      stats: meter,
      get primary() {
        if (reads === primary) return this;
        onPrimary ??= database(primary); // one object, so that whoever keeps notes on a database finds them
        return onPrimary;
      },
      get outside() {
        return this;
      },
      runner,
      statement: (build) => drizzleStatement(runner, build),
      async batch(build, options = {}) {
        open();
        const until = deadlineOf(settings);
        const first = batchSettings(settings, options);
        const send = (statements: readonly Query[]) =>
          withRetry(settings.retry, until, notExecuted, async () => {
            open();
            const queries = first ? [first, ...statements] : statements;
            echo(settings, queries);
            return (await primary.batch(queries, options, until)).slice(first ? 1 : 0);
          }).catch((error: unknown) => Promise.reject(options.readOnly ? error : asCommitUnknown(error)));
        return runBatch(this, { send }, build);
      },
      async transaction(fn, options = {}) {
        const place = {
          database: this,
          settings,
          http: primary,
          meter,
          options,
          deadline: deadlineOf(settings, options.deadlineMs),
          echo: (queries: readonly Query[]) => echo(settings, queries),
        };
        return runTransaction(place, live, open, fn);
      },
      async close() {
        closed = true;
        for (const attempt of live) attempt.destroy();
      },
    };
  };
  return database(replica);
}

/** Runs `fn` with an open database and closes it, whatever happens. */
export async function withDatabase<T>(config: DatabaseConfig, fn: (db: Database) => PromiseLike<T>): Promise<T> {
  const db = openDatabase(config);
  try {
    return await fn(db);
  } finally {
    await db.close();
  }
}

/** Runs the whole body again where that can mend what failed; the hooks run once, when the outcome is final. */
async function runTransaction<T>(
  place: Place,
  live: Set<Attempt>,
  open: () => void,
  fn: (tx: InteractiveTransaction) => PromiseLike<T>,
): Promise<T> {
  const policy = {
    ...place.settings.retry,
    ...(place.options.retries !== undefined && { retries: place.options.retries }),
  };
  for (let n = 0; ; n++) {
    open();
    const attempt = new Attempt(place);
    live.add(attempt);
    const { result, committed, again, hooks } = await attempt.run(fn).finally(() => live.delete(attempt));
    if (again && (await backOff(policy, n, place.deadline))) continue;
    if (committed !== undefined) await hooks.run(committed);
    if ('error' in result) throw result.error;
    return result.value;
  }
}

/** One statement, one HTTP request. A read is asked again if its answer was lost; anything else is `commit_unknown` then. */
function oneShot(settings: Settings, primary: HttpTransport, reads: HttpTransport, open: () => void): Runner {
  return {
    transferable: true,
    run(query): Promise<Result> {
      const until = deadlineOf(settings);
      const again = query.read ? (error: unknown) => notExecuted(error) || inDoubt(error) : notExecuted;
      return withRetry(settings.retry, until, again, async () => {
        open();
        echo(settings, [query]);
        return (query.read ? reads : primary).one(query, until);
      }).catch((error: unknown) => Promise.reject(query.read ? error : asCommitUnknown(error)));
    },
  };
}

/** Until when, retries included: a timestamp in ms. */
const deadlineOf = ({ requestTimeoutMs }: Settings, ms = requestTimeoutMs): number => Date.now() + ms;

function echo({ debug }: Settings, queries: readonly Query[]): void {
  if (debug) for (const { text } of queries) console.debug(`sql ${text}`);
}
