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
  const left = String(Math.max(1, msUntil(deadline)));
  const values = {
    // Should this client vanish without a word, Postgres ends the session by itself.
    idle_in_transaction_session_timeout: left,
    TimeZone: 'UTC',
    ...valuesOf(settings, options),
  };
  // A read-only transaction saves nothing that could be in doubt, and an id would cost the database a write.
  const { text, params } = setConfig(values, [
    ...(readOnly ? [] : ['pg_current_xact_id()::text', INCARNATION]),
    ENDS_WITH_DEADLINE,
  ]);
  return pipeline.queue(text, params);
}

/**
 * No other timeout counts while Postgres has a part of a flush and waits for the rest, with locks. From Postgres 17 on; the
 * time is that of the first setting.
 */
const ENDS_WITH_DEADLINE = `case when current_setting('server_version_num')::int >= 170000
  then set_config('transaction_timeout', $2, true) end`;

/** The first statement of a batch, where its settings differ from those that a migration has given the database. */
export function batchSettings(settings: Settings, options: BatchOptions): Query | undefined {
  const values = valuesOf(settings, options);
  const asDefault =
    Object.keys(options.settings ?? {}).length === 0 &&
    values.statement_timeout === String(DEFAULTS.statementTimeoutMs) &&
    values.lock_timeout === String(DEFAULTS.lockTimeoutMs);
  return asDefault ? undefined : setConfig(values);
}

const valuesOf = (settings: Settings, options: BatchOptions) => ({
  statement_timeout: String(options.statementTimeoutMs ?? settings.statementTimeoutMs),
  lock_timeout: String(options.lockTimeoutMs ?? settings.lockTimeoutMs),
  ...options.settings,
});

function setConfig(values: Readonly<Record<string, string>>, before: readonly string[] = []): Query {
  const calls = Object.keys(values).map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`);
  return { text: `select ${[...before, ...calls].join(', ')}`, params: Object.entries(values).flat() };
}
