import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, sqlState } from '../database/connection.ts';

const BASE = 250;
const CAP = 10_000;

/** lock_not_available, deadlock_detected, serialization_failure: the same migration may pass a moment later. */
export function isConflict(error: unknown): boolean {
  return ['55P03', '40P01', '40001'].includes(sqlState(error) ?? '');
}

/** Waits with full jitter (a random part of an exponentially growing span), so that live traffic gets through between. */
export async function backOff(attempt: number, signal: AbortSignal | undefined): Promise<number> {
  const ms = Math.round(Math.random() * Math.min(CAP, BASE * 2 ** attempt));
  await sleep(ms, undefined, { signal });
  return ms;
}

/** Who has been in a transaction for longest, in words: the likeliest holder of a lock. */
export async function longestTransaction(connection: Connection): Promise<string> {
  const [found] = await connection.rows<{ pid: number; name: string; state: string; seconds: number }>(`
    select pid, coalesce(nullif(application_name, ''), usename) as name, state,
           extract(epoch from now() - xact_start)::int as seconds
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null and backend_type = 'client backend'
    order by xact_start limit 1`);
  return found
    ? `; the oldest open transaction is pid ${found.pid} (${found.name}, ${found.state}, ${found.seconds} s)`
    : '';
}
