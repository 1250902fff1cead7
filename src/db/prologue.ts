import { DEFAULTS, type Settings } from './config.ts';
import type { BatchOptions, TransactionOptions } from './database.ts';
import { INCARNATION } from './outcome.ts';
import type { Entry, Pipeline } from './pipeline.ts';
import { msUntil } from './time.ts';
import type { Query } from './transport.ts';

interface Context {
  readonly settings: Settings;
  readonly options: TransactionOptions;
  readonly deadline: number;
}

/**
 * Queues BEGIN, the transaction's settings and its id: they ride on the first flush, and cost no round trip. The entry's
 * result holds the id (xid8) and the server's incarnation as its first values, unless the transaction is read-only.
 */
export function prologue(pipeline: Pipeline, { settings, options, deadline }: Context): Entry {
  const { isolation, readOnly, deferrable } = options;
  const modes = [isolation && `isolation level ${isolation}`, readOnly && 'read only', deferrable && 'deferrable'];
  pipeline.queue(['begin', ...modes.filter(Boolean)].join(' '));
  const own = {
    // Should this client vanish without a word, Postgres ends the session by itself.
    idle_in_transaction_session_timeout: Math.max(1, msUntil(deadline)),
    TimeZone: 'UTC',
    ...timeoutsOf(settings, options),
  } as const;
  // A read-only transaction saves nothing that could be in doubt, and an id would cost the database a write.
  const { text, params } = setConfig(own, options.settings, [
    ...(readOnly ? [] : ['pg_current_xact_id()', INCARNATION]),
    endsAfter(own.idle_in_transaction_session_timeout),
  ]);
  return pipeline.queue(text, params);
}

/**
 * No other timeout counts while Postgres has a part of a flush and waits for the rest, with locks. It is there from
 * Postgres 17 on.
 */
const endsAfter = (ms: number) => `case when current_setting('transaction_timeout', true) is not null
  then set_config('transaction_timeout', '${ms}', true) end`;

/** The first statement of a batch, where its settings differ from those that a migration has given the database. */
export function batchSettings(settings: Settings, options: BatchOptions): Query | undefined {
  const timeouts = timeoutsOf(settings, options);
  const asDefault =
    Object.keys(options.settings ?? {}).length === 0 &&
    timeouts.statement_timeout === DEFAULTS.statementTimeoutMs &&
    timeouts.lock_timeout === DEFAULTS.lockTimeoutMs;
  return asDefault ? undefined : setConfig(timeouts, options.settings);
}

/** Numbers, whatever a caller without types gives: they stand in the statement. */
const timeoutsOf = (settings: Settings, options: BatchOptions) => ({
  statement_timeout: Number(options.statementTimeoutMs ?? settings.statementTimeoutMs),
  lock_timeout: Number(options.lockTimeoutMs ?? settings.lockTimeoutMs),
});

/** Ours stand in the statement, as numbers: Postgres would first have to find out the types of parameters. A caller's are parameters. */
function setConfig(
  own: Readonly<Record<string, number | 'UTC'>>,
  given: Readonly<Record<string, string>> = {},
  before: readonly string[] = [],
): Query {
  const calls = [
    ...Object.entries(own).map(([name, value]) => `set_config('${name}', '${value}', true)`),
    ...Object.keys(given).map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`),
  ];
  return { text: `select ${[...before, ...calls].join(', ')}`, params: Object.entries(given).flat() };
}
