import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationFault } from '../fault.ts';
import type { Connection } from './connection.ts';

/** The session-level advisory lock that every runner takes ("kura" in ASCII). Postgres scopes it to the database. */
export const LOCK = 0x6b757261;

export interface LockOptions {
  /** ms; 0 does not wait at all. */
  readonly waitMs: number;
  /** Called once, with a line that says who holds the lock, when it has to be waited for. */
  readonly onWait: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the lock, or throws `locked`. Asks again and again instead of waiting inside Postgres: a waiting statement holds
 * a snapshot, and the holder's CREATE INDEX CONCURRENTLY would wait for that snapshot: a deadlock.
 */
export async function takeLock(connection: Connection, { waitMs, onWait, signal }: LockOptions): Promise<void> {
  const until = Date.now() + waitMs;
  let told = false;
  for (;;) {
    const [answer] = await connection.rows<{ taken: boolean }>(`select pg_try_advisory_lock(${LOCK}) as taken`);
    if (answer?.taken) return;
    const left = until - Date.now();
    if (left <= 0 || !told) {
      const holder = await describeHolder(connection);
      if (left <= 0)
        throw new MigrationFault(
          'locked',
          `Another runner holds the migration lock${holder}: gave up after ${waitMs / 1000} s`,
        );
      onWait(`waiting for another runner${holder}, for at most ${Math.ceil(left / 1000)} s`);
      told = true;
    }
    await sleep(Math.min(left, 100 + Math.random() * 200), undefined, { signal });
  }
}

async function describeHolder(connection: Connection): Promise<string> {
  const [holder] = await connection.rows<{ pid: number; name: string; role: string; seconds: number }>(`
    select a.pid, a.application_name as name, a.usename as role,
           extract(epoch from now() - a.backend_start)::int as seconds
    from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = ${LOCK}
      and l.database = (select oid from pg_database where datname = current_database())`);
  return holder ? ` (pid ${holder.pid}, ${holder.name || holder.role}, connected for ${holder.seconds} s)` : '';
}

/** Whether this very session still has the lock: behind a pooler it would not. */
export async function holdsLock(connection: Connection): Promise<boolean> {
  const [row] = await connection.rows<{ held: boolean }>(`
    select exists(select from pg_locks where locktype = 'advisory' and granted and pid = pg_backend_pid()
      and classid = 0 and objid = ${LOCK}) as held`);
  return row?.held === true;
}
