import type { Database } from '../../../src/db/database.ts';

/** A write of the data layer, and what the database has of its key before and after it. */
export interface Write {
  readonly transport: 'http' | 'websocket';
  run(db: Database, key: string): Promise<unknown>;
  /** SQL that makes what is there before; `$1` is the key. */
  readonly prepare?: string;
  readonly before: string;
  readonly after: string;
  /** It always fails, with this code; `own`: with the error that its body threw. */
  readonly fails?: 'own' | 'conflict';
}
