import type { Connection } from './connection.ts';
import type { Origin } from './ledger-sql.ts';

/** One row of Kura's ledger. */
export interface LedgerRow {
  /** Order of application: the way back runs against it. */
  readonly sequence: number;
  readonly name: string;
  readonly when: number;
  readonly kind: 'sql' | 'ts';
  readonly checksum: string;
  readonly down: string | null;
  /** `applying` and `reverting`: without a transaction, and not finished yet. */
  readonly state: 'applied' | 'applying' | 'reverting';
  /** Statements done of an unfinished one, and the checksum of their text. */
  readonly progress: number;
  readonly progressChecksum: string | null;
  /** Why it stopped. */
  readonly error: string | null;
  readonly origin: Origin;
  readonly appliedBy: string;
  readonly appliedAt: string;
  readonly durationMs: number | null;
}

export interface DrizzleRow {
  readonly when: number;
  readonly hash: string;
}

export interface Ledger {
  /** By order of application. */
  readonly rows: readonly LedgerRow[];
  readonly drizzle: readonly DrizzleRow[];
  /** Which of the two tables exist. */
  readonly exists: { readonly kura: boolean; readonly drizzle: boolean };
}

/** Both ledgers as they are; nothing is made, so that a reading verb needs no right to write. */
export async function readLedger(connection: Connection): Promise<Ledger> {
  const [found] = await connection.rows<{ kura: boolean; drizzle: boolean }>(`
    select to_regclass('drizzle.kura_migrations') is not null as kura,
           to_regclass('drizzle.__drizzle_migrations') is not null as drizzle`);
  const exists = { kura: found?.kura === true, drizzle: found?.drizzle === true };
  const rows = exists.kura ? await connection.rows<LedgerRow>(selectRows) : [];
  const drizzle = exists.drizzle
    ? await connection.rows<DrizzleRow>(
        'select created_at::float8 as when, hash from drizzle.__drizzle_migrations order by created_at',
      )
    : [];
  return { rows, drizzle, exists };
}

const selectRows = `
  select sequence::float8, name, created_at::float8 as when, kind, checksum, down, state, progress,
    progress_checksum as "progressChecksum", error, origin, applied_by as "appliedBy",
    to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "appliedAt", duration_ms as "durationMs"
  from drizzle.kura_migrations order by sequence`;
