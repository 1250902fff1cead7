import { type Ledger, readLedger } from '../database/ledger.ts';
import { deleteApplied, insertApplied } from '../database/ledger-sql.ts';
import { literal } from '../database/literal.ts';
import { MigrationFault } from '../fault.ts';
import type { Migration } from '../files/folder.ts';
import type { Runner } from './runner.ts';

/**
 * Where a squashed migration stands for what the database already has: its row takes the place of theirs, and nothing
 * is run. Throws `refused` where the database has only a part of them.
 */
export async function takeSquashes(runner: Runner, migrations: readonly Migration[], ledger: Ledger): Promise<Ledger> {
  const squash = migrations.find(
    ({ replaces, name }) => replaces.length > 0 && !ledger.rows.some((row) => row.name === name),
  );
  if (!squash) return ledger;
  const has = new Set(ledger.rows.filter(({ state }) => state === 'applied').map(({ when }) => when));
  const there = squash.replaces.filter(({ when }) => has.has(when));
  if (there.length === 0) return ledger;
  if (there.length < squash.replaces.length) {
    const lacking = squash.replaces.filter(({ when }) => !has.has(when)).map(({ name }) => name);
    const message = `${squash.name} stands for ${lacking.join(', ')}, too, which this database lacks: upgrade it first with a checkout that has them`;
    throw new MigrationFault('refused', message, { migration: squash.name });
  }
  await runner.transaction(
    squash.name,
    runner.settings.report.note,
    async () => {
      // The way back of a squash is the way back of all it replaces, as they were stored.
      const rows = ledger.rows.filter(({ when }) => squash.replaces.some((replaced) => replaced.when === when));
      const first = Math.min(...rows.map(({ sequence }) => sequence));
      for (const row of rows) await runner.connection.query(deleteApplied(row));
      await runner.connection.query(
        insertApplied(squash, { origin: 'squash', by: runner.settings.by, durationMs: null }),
      );
      await runner.connection.query(
        `update drizzle.kura_migrations set sequence = ${first} where name = ${literal(squash.name)}`,
      );
    },
    async () => (await readLedger(runner.connection)).rows.some(({ name }) => name === squash.name),
  );
  runner.settings.report.note(`${squash.name} took the place of ${squash.replaces.map(({ name }) => name).join(', ')}`);
  return readLedger(runner.connection);
}
