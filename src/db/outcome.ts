import type { HttpTransport } from './http.ts';
import { msUntil } from './time.ts';
import type { Param } from './values.ts';

/**
 * Another one after each recovery from a crash. An id whose transaction left nothing in the WAL is given once more then, and
 * its status is that of the other transaction; one that is committed in the WAL is not (postgres, transam/README and xlog.c).
 */
export const INCARNATION = `concat(pg_postmaster_start_time(), ' ', pg_last_wal_replay_lsn())`;

const QUESTION = `
  select pg_xact_status($1::xid8), ${INCARNATION},
    (select count(pg_terminate_backend(pid)) from pg_stat_activity where backend_xid = $1::xid8::xid)`;

/** The longest one question may take, in ms, so that a stalled one leaves time for another. */
const PATIENCE_MS = 3000;

/**
 * Whether the transaction `xid` of the server's `incarnation` was committed, asked of the database over a fresh connection after the answer to COMMIT
 * was lost. A backend that still holds it open never got the COMMIT, or never will: it is ended, and the question put again.
 * Undefined if no truth could be had before `deadline` (a timestamp in ms).
 */
export async function askOutcome(
  http: HttpTransport,
  xid: string,
  incarnation: Param | undefined,
  deadline: number,
): Promise<'committed' | 'aborted' | undefined> {
  for (let wait = 20; Date.now() < deadline; wait = Math.min(wait * 2, 500)) {
    const [status, now] = await http
      .one({ text: QUESTION, params: [xid] }, Math.min(deadline, Date.now() + PATIENCE_MS))
      .then(({ rows }) => rows[0] ?? [])
      .catch(() => []); // unreachable for now: ask again
    if (status === 'aborted') return status;
    if (status === 'committed') return now === incarnation ? status : undefined;
    await new Promise((resolve) => setTimeout(resolve, Math.min(Math.random() * wait, msUntil(deadline))));
  }
  return undefined;
}
