import { AppError } from '../errors.ts';
import { fromSocket } from './errors.ts';
import type { Query, Result } from './transport.ts';
import type { Field, Param } from './values.ts';

/** The part of the driver's connection that a flush writes to (pg-protocol's serializer). */
interface Wire {
  parse(message: { text: string; name: string; types: number[] }, more: true): void;
  bind(message: { portal: string; statement: string; values: readonly Param[]; binary: boolean }, more: true): void;
  describe(message: { type: 'P'; name: string }, more: true): void;
  execute(message: { portal: string; rows: number }, more: true): void;
  sync(): void;
  sendCopyFail(message: string): void;
}

/** How far a flush came before it failed: the results of the statements that ran. */
export interface FlushFailure {
  readonly error: AppError;
  readonly results: readonly Result[];
}

/**
 * Several statements in one flush, as a query object for the driver's `Client`: Parse/Bind/Describe/Execute for each, then
 * one Sync, so that they leave in one network write and come back in one. Postgres skips what follows an error.
 */
export class Flush {
  readonly #queries: readonly Query[];
  readonly #results: Result[] = [];
  #fields: readonly Field[] = [];
  #rows: Param[][] = [];
  #settle!: (outcome: readonly Result[] | FlushFailure) => void;
  /** Settles once, never rejects. */
  readonly outcome = new Promise<readonly Result[] | FlushFailure>((resolve) => {
    this.#settle = resolve;
  });

  constructor(queries: readonly Query[]) {
    this.#queries = queries;
  }

  submit(wire: Wire): void {
    for (const { text, params } of this.#queries) {
      wire.parse({ text, name: '', types: [] }, true);
      wire.bind({ portal: '', statement: '', values: params, binary: false }, true);
      wire.describe({ type: 'P', name: '' }, true);
      wire.execute({ portal: '', rows: 0 }, true);
    }
    wire.sync();
  }

  fail(error: AppError): void {
    this.#settle({ error, results: this.#results });
  }

  handleRowDescription(message: { fields: readonly Field[] }): void {
    this.#fields = message.fields;
  }

  handleDataRow(message: { fields: Param[] }): void {
    this.#rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#results.push({ fields: this.#fields, rows: this.#rows, command: message.text.split(' ')[0] ?? '' });
    this.#fields = [];
    this.#rows = [];
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  /** After an error the driver does not report readiness to this object any more, so it settles here. */
  handleError(error: unknown): void {
    this.fail(fromSocket(error));
  }

  handleReadyForQuery(): void {
    if (this.#results.length === this.#queries.length) this.#settle(this.#results);
    else this.fail(new AppError('internal', 'The database sent fewer results than it was asked for'));
  }

  handlePortalSuspended(): void {}
  handleParseComplete(): void {}
  handleBindComplete(): void {}
  handleNoData(): void {}
  /** COPY … FROM STDIN has nobody to send its rows. */
  handleCopyInResponse(wire: Wire): void {
    wire.sendCopyFail('COPY needs a stream, which a statement has not');
  }

  handleCopyData(): void {}
}
