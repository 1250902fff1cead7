import type { Field, Param } from './values.ts';

/** One SQL statement, its parameters already text. */
export interface Query {
  readonly text: string;
  readonly params: readonly Param[];
  /** A read built by Drizzle's select: running it twice does no harm, so a lost answer may be asked for again. */
  readonly read?: boolean;
}

/** A result as Postgres sent it: text values, and the command tag's first word (`INSERT`, `COMMIT`, `ROLLBACK`). */
export interface Result {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly Param[])[];
  readonly command: string;
}

/** The narrow port under Drizzle: an HTTP batch and a WebSocket flush are its two implementations. */
export interface Transport {
  /** Runs the queries in order, in one round trip. Rejects with an AppError if any fails. */
  send(queries: readonly Query[]): Promise<Result[]>;
}
