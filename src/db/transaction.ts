import { AppError, isAppError } from '../errors.ts';
import type { Settings } from './config.ts';
import type { Database, InteractiveTransaction, TransactionOptions } from './database.ts';
import type { Hooks } from './hooks.ts';
import type { HttpTransport } from './http.ts';
import type { Meter } from './meter.ts';
import { askOutcome } from './outcome.ts';
import { aborted, type Entry, lost, Pipeline } from './pipeline.ts';
import { prologue } from './prologue.ts';
import { inDoubt, notExecuted } from './retry.ts';
import { Scope, stillOpen } from './scope.ts';
import { Socket } from './socket.ts';
import { msUntil } from './time.ts';
import type { Query } from './transport.ts';

/** Where a transaction runs, how, and until when (a timestamp in ms). */
export interface Place {
  readonly database: Database;
  readonly settings: Settings;
  readonly http: HttpTransport;
  readonly meter: Meter;
  readonly options: TransactionOptions;
  readonly deadline: number;
  readonly echo: (queries: readonly Query[]) => void;
}

/** What the body gave; `undo`: an error that rolls back. */
type Result<T> = { readonly value: T } | { readonly error: unknown; readonly undo?: boolean };

/** How an attempt ended. */
export interface Ended<T> {
  readonly result: Result<T>;
  /** Undefined where nobody can know. */
  readonly committed: boolean | undefined;
  /** Nothing was saved, and another attempt may succeed. */
  readonly again: boolean;
  readonly hooks: Hooks;
}

/** How long a ROLLBACK may take, in ms; the connection is dropped then, which rolls back too. */
const ROLLBACK_PATIENCE_MS = 2000;

/** What it may take where the deadline has passed. */
const ROLLBACK_GRACE_MS = 100;

/** One run of a transaction's body, between one BEGIN and one COMMIT. */
export class Attempt {
  readonly #place: Place;
  readonly #socket: Socket;
  readonly #pipeline: Pipeline;
  readonly #scope: Scope;
  /** Sent with the first statement; its result holds the transaction's id. */
  readonly #prologue: Entry;

  constructor(place: Place) {
    this.#place = place;
    this.#socket = new Socket(place.settings, place.meter);
    this.#pipeline = new Pipeline(this.#send(place.deadline));
    this.#prologue = prologue(this.#pipeline, place);
    this.#scope = new Scope({ database: place.database, pipeline: this.#pipeline, savepoints: 0 });
  }

  /** Never rejects. */
  async run<T>(body: (tx: InteractiveTransaction) => PromiseLike<T>): Promise<Ended<T>> {
    const result = await this.#runBody(body);
    await this.#pipeline.idle();
    const wanted = 'value' in result ? (this.#place.options.commit ?? true) : !result.undo;
    if (this.#prologue.state === 'queued') {
      if (!wanted || !this.#pipeline.laden) return this.#ended(result, wanted); // no statement, no connection
      await this.#pipeline.flush(); // without the transaction's id, nobody could ask what became of COMMIT
    }
    const ended = wanted ? await this.#commit(result) : await this.#rollback(result);
    this.#socket.close();
    return ended;
  }

  /** Drops the connection, whatever is under way. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #runBody<T>(body: (tx: InteractiveTransaction) => PromiseLike<T>): Promise<Result<T>> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new AppError('deadline_exceeded', 'The transaction took too long, and was rolled back');
      timer = setTimeout(() => reject(error), msUntil(this.#place.deadline));
    });
    try {
      const value = await Promise.race([body(this.#scope.handle), late]);
      return this.#scope.busy ? { error: stillOpen(), undo: true } : { value };
    } catch (error) {
      return { error, undo: this.#scope.busy || this.#rollsBack(error) };
    } finally {
      clearTimeout(timer);
      this.#scope.finish();
    }
  }

  #rollsBack(error: unknown): boolean {
    const { commit = true, rollbackOn = () => true } = this.#place.options;
    try {
      return !commit || rollbackOn(error);
    } catch {
      return true; // it could not decide: the body's own error is the one to tell, and nothing is saved
    }
  }

  async #commit<T>(result: Result<T>): Promise<Ended<T>> {
    const { failure } = this.#pipeline;
    if (lost(failure)) return this.#rolledBack(result, failure);
    // Half of what is left for the answer; the other half to find out the truth, should none come.
    const answer = await this.#pipeline.last('commit', this.#send((Date.now() + this.#place.deadline) / 2));
    if (!('error' in answer)) {
      // Postgres answers ROLLBACK to the COMMIT of an aborted transaction: somebody swallowed the error.
      return answer.command === 'COMMIT' ? this.#ended(result, true) : this.#rolledBack(result, aborted(failure));
    }
    return inDoubt(answer.error) ? this.#findOut(result, answer.error) : this.#rolledBack(result, answer.error);
  }

  async #findOut<T>(result: Result<T>, cause: AppError): Promise<Ended<T>> {
    this.#socket.destroy();
    const [xid, incarnation] = this.#prologue.result?.rows[0] ?? [];
    if (this.#place.options.readOnly || !xid) return this.#rolledBack(result, cause);
    const outcome = await askOutcome(this.#place.http, xid, incarnation, this.#place.deadline);
    if (outcome === 'committed') return this.#ended(result, true);
    if (outcome === 'aborted') return this.#rolledBack(result, new AppError('connection_lost', undefined, { cause }));
    const message = 'The connection broke during COMMIT: the transaction may or may not be saved';
    return this.#ended({ error: new AppError('commit_unknown', message, { cause }) }, undefined);
  }

  async #rollback<T>(result: Result<T>): Promise<Ended<T>> {
    const { failure, cause } = this.#pipeline;
    if (!lost(failure)) {
      const patience = Math.min(ROLLBACK_PATIENCE_MS, Math.max(ROLLBACK_GRACE_MS, msUntil(this.#place.deadline)));
      const answer = await this.#pipeline.last('rollback', this.#send(Date.now() + patience));
      if ('error' in answer) this.#socket.destroy(); // dropping the connection rolls back too; the first error is told
    }
    const again = 'error' in result && mayMend(cause) && isCausedBy(result.error, cause);
    return this.#ended(result, false, again);
  }

  /**
   * Nothing was saved although it was to be. An error of the body that did not cause this becomes the cause of the one that
   * tells so: by its `rollbackOn`, whoever gets the body's error takes the rest for saved.
   */
  #rolledBack<T>(result: Result<T>, error: AppError): Ended<T> {
    const first = this.#pipeline.failure ?? error;
    const again = mayMend(first);
    if ('value' in result) return this.#ended({ error }, false, again);
    if (isCausedBy(result.error, first)) return this.#ended(result, false, again);
    return this.#ended(
      { error: new AppError(error.code, error.message, { ...error, cause: result.error }) },
      false,
      again,
    );
  }

  #ended<T>(result: Result<T>, committed: boolean | undefined, again = false): Ended<T> {
    return { result, committed, again, hooks: this.#scope.hooks };
  }

  #send(until: number) {
    return (queries: readonly Query[]) => {
      this.#place.echo(queries);
      return this.#socket.send(queries, until);
    };
  }
}

/** Whether a new attempt may succeed: lost before COMMIT, not begun at all, or in conflict with another transaction. */
const mayMend = (failure: AppError | undefined): boolean =>
  notExecuted(failure) || isAppError(failure, 'connection_lost');

function isCausedBy(error: unknown, failure: unknown): boolean {
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    if (cause === failure) return true;
  }
  return false;
}
