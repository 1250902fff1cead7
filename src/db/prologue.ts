import type { Settings } from './config.ts';
import type { TransactionOptions } from './database.ts';
import type { Entry, Pipeline } from './pipeline.ts';

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
    statement_timeout: String(options.statementTimeoutMs ?? settings.statementTimeoutMs),
    lock_timeout: String(options.lockTimeoutMs ?? settings.lockTimeoutMs),
    // Should this client vanish without a word, Postgres ends the session by itself.
    idle_in_transaction_session_timeout: String(Math.max(1, deadline - Date.now())),
    ...options.settings,
  };
  const calls = Object.keys(values).map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`);
  // A read-only transaction saves nothing that could be in doubt, and an id would cost the database a write.
  const columns = readOnly ? calls : ['pg_current_xact_id()::text', ...calls];
  return pipeline.queue(`select ${columns.join(', ')}`, Object.entries(values).flat());
}
