import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect, sqlState } from '../database/connection.ts';
import { readLedger } from '../database/ledger.ts';
import { createLedgers } from '../database/ledger-sql.ts';
import { holdsLock, takeLock } from '../database/lock.ts';
import { MigrationFault, oneLine } from '../fault.ts';
import type { Settings } from './options.ts';
import { backOff, isConflict, longestTransaction } from './retry.ts';

type Note = (text: string) => void;

/** The one session that may change the schema: it holds the migration lock from `open` to `close`. */
export class Runner {
  readonly settings: Settings;
  #connection: Connection | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  get connection(): Connection {
    if (!this.#connection) throw new MigrationFault('internal', 'The runner is not open');
    return this.#connection;
  }

  /** Connects, takes the lock and makes the ledgers where they are missing. */
  async open(): Promise<void> {
    const { lockWaitMs, statementTimeoutMs, report, signal } = this.settings;
    this.#connection = await connect(this.settings);
    await takeLock(this.#connection, { waitMs: lockWaitMs, onWait: report.note, signal });
    await this.#connection.query(
      `set statement_timeout = ${statementTimeoutMs}; set idle_in_transaction_session_timeout = 0; set timezone = 'UTC'`,
    );
    const { kura, drizzle } = (await readLedger(this.#connection)).exists;
    if (!kura || !drizzle) await this.#connection.query(createLedgers);
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }

  /**
   * Runs `work` in one transaction. A lock that is not to be had is met by rolling all of it back, waiting and trying
   * again. Where the connection breaks, `isDone` is asked over a new one, so that the caller is told the truth.
   */
  async transaction(
    name: string,
    note: Note,
    work: () => Promise<void>,
    isDone: () => Promise<boolean>,
  ): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(work);
      } catch (error) {
        if (this.connection.lost) return await this.#resolve(name, error, isDone);
        await this.connection.query('rollback').catch(() => {}); // the first error is the one to tell
        if (!isConflict(error)) throw failure(name, error);
        await this.conflict(name, attempt, error, note);
      }
    }
  }

  /** Waits before the next attempt, or throws `locked` after the last. */
  async conflict(name: string, attempt: number, error: unknown, note: Note): Promise<void> {
    const { retries, signal } = this.settings;
    const reason = sqlState(error) === '55P03' ? 'a lock was not to be had in time' : oneLine(error);
    if (attempt >= retries) {
      const holder = await longestTransaction(this.connection);
      const tries = `${attempt + 1} ${attempt === 0 ? 'try' : 'tries'}`;
      throw new MigrationFault(
        'locked',
        `${name} gave up after ${tries}: ${reason}${holder}; nothing of it was saved`,
        { cause: error, migration: name },
      );
    }
    note(`${reason}: try ${attempt + 2} of ${retries + 1}`);
    await backOff(attempt, signal);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    const { connection } = this;
    const begin = `begin; set local lock_timeout = ${this.settings.lockTimeoutMs}; select pg_current_xact_id()::text as id`;
    const [before] = await connection.rows<{ id: string }>(begin);
    if (!(await holdsLock(connection))) {
      throw new MigrationFault(
        'refused',
        'The migration lock was lost: this is a pooled connection; use the direct host',
      );
    }
    await work();
    const [after] = await connection.rows<{ id: string }>('select pg_current_xact_id()::text as id');
    if (before?.id !== after?.id)
      throw new Error('it ends its own transaction: take COMMIT, ROLLBACK and BEGIN out of it');
    const { command } = await connection.query('commit');
    if (command !== 'COMMIT') throw new Error('Postgres rolled it back');
  }

  /**
   * The connection broke. Once the lock is had again the old session is over, its transaction decided one way or the
   * other, and the ledger says which.
   */
  async #resolve(name: string, error: unknown, isDone: () => Promise<boolean>): Promise<void> {
    const { connection } = this;
    let done: boolean;
    try {
      await this.#endOldSession(connection.pid);
      await this.open();
      done = await isDone();
    } catch (cause) {
      const message = `${name}: the connection was lost and the outcome could not be found out (${oneLine(cause)}): run \`npm run db -- current\``;
      throw new MigrationFault('unknown_outcome', message, { cause: error, migration: name });
    }
    if (done) return this.settings.report.note(`${name}: the connection was lost, and it was saved`);
    const message = `${name}: the connection was lost (${oneLine(error)}); nothing of it was saved: run it again`;
    throw new MigrationFault('migration_failed', message, { cause: error, migration: name });
  }

  /**
   * Gives the old session a moment to finish what it was sent, then ends it: a server that has not noticed the loss would
   * keep it, and its lock, for hours.
   */
  async #endOldSession(pid: number): Promise<void> {
    const connection = await connect(this.settings);
    const old =
      "from pg_stat_activity where pid = $1 and application_name = 'kura-migrations' and usename = session_user";
    try {
      for (let left = 20; left > 0; left--) {
        if ((await connection.rows(`select ${old}`, [pid])).length === 0) return;
        await sleep(100);
      }
      await connection.query(`select pg_terminate_backend(pid) ${old}`, [pid]);
    } finally {
      await connection.close();
    }
  }
}

/** What to tell of a failed migration: Postgres's words and where it happened. */
export function failure(name: string, error: unknown): MigrationFault {
  if (error instanceof MigrationFault) return error;
  const { detail } = error as { detail?: string };
  const state = sqlState(error);
  const text = `${name} failed: ${oneLine(error)}${detail ? ` (${detail})` : ''}${state ? ` [${state}]` : ''}`;
  return new MigrationFault('migration_failed', `${text}; nothing of it was saved`, { cause: error, migration: name });
}

/** Opens a runner, hands it over and closes it, whatever happens. */
export async function withRunner<T>(settings: Settings, fn: (runner: Runner) => Promise<T>): Promise<T> {
  const runner = new Runner(settings);
  try {
    await runner.open();
    return await fn(runner);
  } finally {
    await runner.close();
  }
}
