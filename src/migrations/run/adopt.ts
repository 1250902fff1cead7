import { type Ledger, readLedger } from '../database/ledger.ts';
import { insertApplied } from '../database/ledger-sql.ts';
import type { Migration } from '../files/folder.ts';
import type { Runner } from './runner.ts';

/**
 * Takes over what drizzle-kit (or an older runner) applied: rows of drizzle's ledger that Kura's lacks. The checksum is
 * the one that was stored then, so that `check` still sees an edited file. Returns the ledger as it is afterwards.
 */
export async function adopt(runner: Runner, migrations: readonly Migration[]): Promise<Ledger> {
  const ledger = await readLedger(runner.connection);
  const known = new Set(ledger.rows.map(({ when }) => when));
  const strays = ledger.drizzle.filter(({ when }) => !known.has(when));
  const adopted = migrations.flatMap((migration) => {
    const row = strays.find(({ when }) => when === migration.when);
    const checksum = row?.hash === migration.drizzleHash ? migration.checksum : row?.hash;
    return row && checksum !== undefined ? [{ ...migration, checksum }] : [];
  });
  if (adopted.length === 0) return ledger;
  const names = adopted.map(({ name }) => name).join(', ');
  await runner.transaction(
    'adoption',
    runner.settings.report.note,
    async () => {
      for (const migration of adopted) {
        await runner.connection.query(
          insertApplied(migration, { origin: 'adopted', by: runner.settings.by, durationMs: null }),
        );
      }
    },
    async () => {
      const { rows } = await readLedger(runner.connection);
      return adopted.every(({ when }) => rows.some((row) => row.when === when));
    },
  );
  runner.settings.report.note(`adopted ${names}: drizzle-kit's ledger has it`);
  return readLedger(runner.connection);
}
