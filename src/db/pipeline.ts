import { AppError, isAppError } from '../errors.ts';
import type { FlushFailure } from './flush.ts';
import type { Query, Result } from './transport.ts';

type Send = (queries: readonly Query[]) => Promise<readonly Result[] | FlushFailure>;

/** A statement on its way. Where nobody waits for it, as for BEGIN and SAVEPOINT, it rides on the next flush. */
export interface Entry {
  readonly query: Query;
  /** Not a control statement: it must not be forgotten, and who rides behind it is told its error. */
  readonly rides?: boolean;
  state: 'queued' | 'sent' | 'done' | 'failed';
  result?: Result;
  readonly settle?: (result: Result | AppError) => void;
}

/** Collects the statements of one tick and sends them as one flush; one flush is under way at a time. */
export class Pipeline {
  readonly #send: Send;
  #queue: Entry[] = [];
  #flushing: Promise<void> | undefined;
  #failure: AppError | undefined;
  #undone: AppError | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** What aborted the transaction, and was not undone by a savepoint. */
  get failure(): AppError | undefined {
    return this.#failure;
  }

  /** What failed first, also if a savepoint has undone it: whoever throws it on gives up the whole transaction for it. */
  get cause(): AppError | undefined {
    return this.#failure ?? this.#undone;
  }

  /** Whether something rides on a flush that is not yet under way. */
  get laden(): boolean {
    return this.#queue.some(({ rides }) => rides);
  }

  /** Adds a control statement to the next flush. */
  queue(text: string, params: Query['params'] = []): Entry {
    const entry: Entry = { query: { text, params }, state: 'queued' };
    this.#queue.push(entry);
    return entry;
  }

  /** Adds a statement to the next flush. */
  ride(query: Query): void {
    this.#queue.push({ query, state: 'queued', rides: true });
  }

  /** Sends what is queued. */
  flush(): Promise<void> {
    return this.#flushing ?? this.#schedule();
  }

  /** Takes back a control statement that is the last one not yet sent. */
  takeBack(entry: Entry): boolean {
    const last = this.#queue.at(-1) === entry;
    if (last) this.#queue.pop();
    return last;
  }

  /** Takes back a control statement that is not yet sent, and whatever stands behind it. */
  cutOff(entry: Entry): void {
    this.#queue.length = this.#queue.indexOf(entry);
  }

  /** Runs a statement: it leaves with the others of this tick. */
  run(query: Query): Promise<Result> {
    if (this.#failure) return Promise.reject(aborted(this.#failure));
    return new Promise((resolve, reject) => {
      const settle = (result: Result | AppError) => (result instanceof AppError ? reject(result) : resolve(result));
      this.#queue.push({ query, state: 'queued', settle });
      if (!this.#flushing) this.#schedule();
    });
  }

  /** Waits until every statement that was started has its answer. Never rejects. */
  async idle(): Promise<void> {
    while (this.#flushing || this.#queue.some(({ settle }) => settle)) await this.flush();
  }

  /** Sends what is queued, and `query` at the end of it; for COMMIT and ROLLBACK, when the pipeline is idle. */
  async last(query: string, send: Send): Promise<Result | FlushFailure> {
    const queries = [...this.#queue.map((entry) => entry.query), { text: query, params: [] }];
    this.#queue = [];
    const outcome = await send(queries);
    if ('error' in outcome) return outcome;
    return outcome.at(-1) ?? { error: new AppError('internal'), results: [] };
  }

  /** A savepoint has undone what failed. */
  recover(): void {
    this.#undone = this.#failure;
    this.#failure = undefined;
  }

  #schedule(): Promise<void> {
    this.#flushing = Promise.resolve()
      .then(() => this.#exchange())
      .finally(() => {
        this.#flushing = undefined;
        if (this.#queue.some(({ settle }) => settle)) this.#schedule();
      });
    return this.#flushing;
  }

  async #exchange(): Promise<void> {
    const entries = this.#queue;
    this.#queue = [];
    for (const entry of entries) entry.state = 'sent';
    const outcome = await this.#send(entries.map(({ query }) => query));
    const results = 'error' in outcome ? outcome.results : outcome;
    if ('error' in outcome && !isAppError(outcome.error, 'transaction_aborted')) this.#failure ??= outcome.error;
    const rider = entries[results.length]?.rides && 'error' in outcome ? outcome.error : undefined;
    entries.forEach((entry, i) => {
      const result = results[i];
      entry.state = result ? 'done' : 'failed';
      if (result) entry.result = result;
      const error =
        'error' in outcome && i === results.length ? this.#why(outcome.error) : (rider ?? aborted(this.#failure));
      entry.settle?.(result ?? error);
    });
  }

  #why(error: AppError): AppError {
    return error.code === 'transaction_aborted' ? aborted(this.#failure) : error;
  }
}

/** There is no connection, or none came about: nothing can be sent any more. */
export const lost = (failure: unknown): failure is AppError =>
  isAppError(
    failure,
    ...(['connection_lost', 'deadline_exceeded', 'unavailable', 'too_many_connections', 'configuration'] as const),
  );

/** A statement that was not run, because `first` had failed before it. A lost connection is told as such. */
export function aborted(first: AppError | undefined): AppError {
  if (lost(first)) return first;
  return new AppError('transaction_aborted', 'An earlier statement of the transaction failed', { cause: first });
}
