import { readLedger } from '../database/ledger.ts';
import { describeDifference, diffDumps } from '../dump/diff.ts';
import { type DumpItem, dumpSchema } from '../dump/dump.ts';
import { oneLine } from '../fault.ts';
import { type Migration, readMigrations } from '../files/folder.ts';
import { directive } from '../files/script.ts';
import { applyMigration } from '../run/apply.ts';
import { withDefaults } from '../run/options.ts';
import { revertMigration, wayBack } from '../run/revert.ts';
import { type Runner, withRunner } from '../run/runner.ts';
import type { Scratch } from '../scratch/scratch.ts';
import { lostRows, type Rows, readRows } from './rows.ts';
import { seedTables } from './seed.ts';

export interface VerifyFinding {
  readonly migration: string;
  readonly step: 'up' | 'down' | 'up again';
  readonly message: string;
}

export interface Verified {
  readonly migrations: readonly string[];
  /** Tables that had rows while they were changed. */
  readonly seeded: readonly string[];
  /** Migrations that say that there is no way back: those before them are not taken back. */
  readonly irreversible: readonly string[];
  readonly findings: readonly VerifyFinding[];
}

type Note = (text: string) => void;

/**
 * On a scratch database: every migration up, with rows seeded after each; down to base; up again. At every step the
 * schema must be, to the last byte, what it was there before, and rows of tables that stay must stay.
 */
export async function verifyMigrations(scratch: Scratch, folder: string, note: Note): Promise<Verified> {
  const migrations = await readMigrations(folder);
  return scratch.withDatabase((url) =>
    withRunner(withDefaults({ url, via: 'tcp', folder }), (runner) => new Verification(runner, migrations, note).run()),
  );
}

class Verification {
  readonly #runner: Runner;
  readonly #migrations: readonly Migration[];
  readonly #note: Note;
  readonly #findings: VerifyFinding[] = [];
  readonly #seeded = new Set<string>();

  constructor(runner: Runner, migrations: readonly Migration[], note: Note) {
    this.#runner = runner;
    this.#migrations = migrations;
    this.#note = note;
  }

  async run(): Promise<Verified> {
    const irreversible = this.#migrations.filter(
      ({ kind, down }) => kind === 'sql' && (down === null || directive(down, 'irreversible') !== undefined),
    );
    const result = () => ({
      migrations: this.#migrations.map(({ name }) => name),
      seeded: [...this.#seeded].toSorted(),
      irreversible: irreversible.map(({ name }) => name),
      findings: this.#findings,
    });
    const dumps: DumpItem[][] = [await dumpSchema(this.#runner.connection)];
    for (const migration of this.#migrations) {
      if (!(await this.#step(migration, 'up'))) return result();
      dumps.push(await dumpSchema(this.#runner.connection));
      for (const table of await seedTables(this.#runner.connection)) this.#seeded.add(table);
    }
    const stop = this.#migrations.findLastIndex((migration) => irreversible.includes(migration)) + 1;
    for (let index = this.#migrations.length - 1; index >= stop; index--) {
      if (!(await this.#step(this.#migrations[index], 'down', dumps[index]))) return result();
    }
    for (let index = stop; index < this.#migrations.length; index++) {
      if (!(await this.#step(this.#migrations[index], 'up again', dumps[index + 1]))) return result();
      await seedTables(this.#runner.connection);
    }
    return result();
  }

  /** One migration one way. False: it failed, so that nothing after it can be told. */
  async #step(migration: Migration | undefined, step: VerifyFinding['step'], expected?: DumpItem[]): Promise<boolean> {
    if (!migration) return false;
    const { connection } = this.#runner;
    this.#note(`${step.padEnd(8)} ${migration.name}`);
    const before: Rows = await readRows(connection);
    try {
      if (step === 'down') await this.#revert(migration);
      else await applyMigration(this.#runner, migration, () => {});
    } catch (error) {
      this.#findings.push({ migration: migration.name, step, message: oneLine(error) });
      return false;
    }
    const add = (message: string) => this.#findings.push({ migration: migration.name, step, message });
    // A TypeScript migration is there to change rows.
    if (migration.kind === 'sql' && !/^\s*(update|delete|insert|truncate|merge)\b/im.test(migration.up)) {
      for (const table of lostRows(before, await readRows(connection))) add(`rows of ${table} changed`);
    }
    if (expected)
      for (const difference of diffDumps(expected, await dumpSchema(connection))) add(describeDifference(difference));
    return true;
  }

  async #revert({ name }: Migration): Promise<void> {
    const row = (await readLedger(this.#runner.connection)).rows.find((found) => found.name === name);
    if (row) await revertMigration(this.#runner, wayBack(row, this.#migrations, false), () => {});
  }
}
