import { DEFAULTS, type Settings } from './config.ts';
import type { BatchOptions, TransactionOptions } from './database.ts';
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
 * result holds the id (xid8) as its first value, unless the transaction is read-only.
 */
export function prologue(pipeline: Pipeline, { settings, options, deadline }: Context): Entry {
  const { isolation, readOnly, deferrable } = options;
  const modes = [isolation && `isolation level ${isolation}`, readOnly && 'read only', deferrable && 'deferrable'];
  pipeline.queue(['begin', ...modes.filter(Boolean)].join(' '));
  const values = {
    TimeZone: 'UTC',
    // Should this client vanish without a word, Postgres ends the session by itself.
    idle_in_transaction_session_timeout: String(Math.max(1, msUntil(deadline))),
    ...valuesOf(settings, options),
  };
  // A read-only transaction saves nothing that could be in doubt, and an id would cost the database a write.
  const { text, params } = setConfig(values, readOnly ? [] : ['pg_current_xact_id()::text']);
  return pipeline.queue(text, params);
}

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
