/** What a TypeScript migration gets: the transaction that it runs in. */
export interface MigrationTransaction {
  /** Runs one statement and returns its rows. */
  query<R extends object = Record<string, unknown>>(text: string, parameters?: unknown[]): Promise<R[]>;
  /**
   * Runs a statement that changes a limited number of rows again and again until it changes none, showing how many it
   * has changed. Returns their number. `total`, if given, is shown as what there is to do.
   */
  batches(text: string, options?: { parameters?: unknown[]; total?: number }): Promise<number>;
  /** Shows what is being done. */
  progress(text: string): void;
}

/**
 * A migration written in TypeScript: `NNNN_name.ts` exports these. With `export const noTransaction = true` every
 * statement commits by itself, so `up` and `down` must bear being run again after a crash.
 */
export interface DataMigration {
  up(tx: MigrationTransaction): Promise<void>;
  /** Absent where there is no way back. */
  down?(tx: MigrationTransaction): Promise<void>;
  readonly noTransaction?: boolean;
}
