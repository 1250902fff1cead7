import { type ConnectOptions, connect } from './database/connection.ts';
import { type Ledger, type LedgerRow, readLedger } from './database/ledger.ts';
import { type Folder, type Migration, readFolder } from './files/folder.ts';
import { pendingOf } from './run/plan.ts';

export interface Status {
  readonly folder: Folder;
  readonly ledger: Ledger;
  /** Kura's rows, and those that drizzle-kit alone has made so far. */
  readonly rows: readonly LedgerRow[];
  /** Not applied yet, in the journal's order. */
  readonly pending: readonly Migration[];
  /** The one applied last. */
  readonly current: LedgerRow | undefined;
}

/** How the database stands to the folder. Reads only: makes no ledger and waits for no lock. */
export async function readStatus({
  folder,
  ...options
}: ConnectOptions & { readonly folder: string }): Promise<Status> {
  const connection = await connect(options);
  try {
    return statusOf(await readFolder(folder), await readLedger(connection));
  } finally {
    await connection.close();
  }
}

export function statusOf(folder: Folder, ledger: Ledger): Status {
  const rows = [...ledger.rows, ...adoptable(folder.migrations, ledger)];
  const squashed = new Set(rows.map(({ when }) => when));
  const pending = pendingOf(folder.migrations, { rows }).filter(
    ({ replaces }) => replaces.length === 0 || !replaces.every(({ when }) => squashed.has(when)),
  );
  const applied = rows.filter(({ state }) => state === 'applied');
  return { folder, ledger, rows, pending, current: applied.at(-1) };
}

/** What the next upgrade will take over from drizzle's ledger. */
function adoptable(migrations: readonly Migration[], { rows, drizzle }: Ledger): LedgerRow[] {
  const known = new Set(rows.map(({ when }) => when));
  return migrations.flatMap((migration, index) => {
    const row = drizzle.find(({ when }) => when === migration.when);
    if (!row || known.has(row.when)) return [];
    const { name, when, kind, down, drizzleHash } = migration;
    const checksum = row.hash === drizzleHash ? migration.checksum : row.hash;
    const unknown = {
      progress: 0,
      progressChecksum: null,
      error: null,
      appliedBy: 'drizzle-kit',
      durationMs: null,
    } as const;
    return [
      {
        ...unknown,
        sequence: 1e9 + index,
        name,
        when,
        kind,
        down,
        checksum,
        state: 'applied',
        origin: 'adopted',
        appliedAt: '?',
      },
    ];
  });
}
