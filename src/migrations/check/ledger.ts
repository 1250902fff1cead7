import { editedOf } from '../run/plan.ts';
import type { Status } from '../status.ts';
import type { Finding } from './finding.ts';

/** What the ledger says against the files. */
export function checkLedger({ folder, ledger, rows, pending }: Status): Finding[] {
  const files = new Map(folder.migrations.map((migration) => [migration.when, migration]));
  const replaced = new Set(folder.migrations.flatMap(({ replaces }) => replaces.map(({ when }) => when)));
  const applied = rows.filter(({ state }) => state === 'applied');
  const newest = Math.max(-1, ...applied.map(({ when }) => files.get(when)?.idx ?? -1));
  const drizzle = new Set(ledger.drizzle.map(({ when }) => when));
  return [
    ...editedOf(folder.migrations, rows).map(
      ({ name }): Finding => ({
        code: 'edited',
        subject: name,
        message: `${name} was edited after it was applied`,
        advice: 'restore the file from git and put the change into a new migration',
      }),
    ),
    ...rows
      .filter(
        ({ when, name }) =>
          !files.has(when) && !replaced.has(when) && !folder.missing.some((file) => file.startsWith(`${name}.`)),
      )
      .map(
        ({ name }): Finding => ({
          code: 'unknown_migration',
          subject: name,
          message: `${name} is applied and not in this checkout`,
          advice:
            'restore its files from git, or take it back with `npm run db -- downgrade` if it was left out on purpose',
        }),
      ),
    ...ledger.drizzle
      .filter(({ when }) => !files.has(when) && !replaced.has(when) && !rows.some((row) => row.when === when))
      .map(
        ({ when }): Finding => ({
          code: 'unknown_migration',
          subject: String(when),
          message: `drizzle-kit applied a migration of ${new Date(when).toISOString()} that is not in this checkout`,
          advice: 'check out the branch that has it',
        }),
      ),
    ...pending
      .filter(({ idx }) => idx < newest)
      .map(
        ({ name }): Finding => ({
          code: 'out_of_order',
          subject: name,
          message: `${name} is not applied, and later ones are: two branches were merged out of order`,
          advice: 'run `npm run db -- merge` to put it after them, or `upgrade` if it does not depend on the order',
        }),
      ),
    ...rows
      .filter(({ state }) => state !== 'applied')
      .map(
        ({ name, state, progress, error }): Finding => ({
          code: 'unfinished',
          subject: name,
          message: `${name} is half ${state === 'applying' ? 'applied' : 'taken back'} (${progress} statements done)${error ? `: ${error}` : ''}`,
          advice: `mend the cause and run \`npm run db -- ${state === 'applying' ? 'upgrade' : 'downgrade'}\` again`,
        }),
      ),
    ...ledger.rows
      .filter(({ state, when }) => state === 'applied' && !drizzle.has(when))
      .map(
        ({ name }): Finding => ({
          code: 'ledgers_differ',
          subject: name,
          message: `${name} is in Kura’s ledger and not in drizzle’s`,
          advice: `run \`npm run db -- stamp ${name}\` if it is really applied`,
        }),
      ),
  ];
}
