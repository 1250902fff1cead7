import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationFault } from './fault.ts';
import { slugOf } from './files/add.ts';
import { findByName } from './files/find.ts';
import { defaultFolder, type Migration, readMigrations } from './files/folder.ts';
import { numberOf } from './files/heads.ts';
import { readJournal, snapshotPath, writeJournal } from './files/journal.ts';
import { replacesLine } from './files/replaced.ts';
import { BREAKPOINT, directive, splitScript } from './files/script.ts';
import { ORIGIN, readSnapshot, writeSnapshot } from './files/snapshot.ts';
import { writeText } from './files/write.ts';
import { needsNoTransaction } from './sql/classify.ts';
import { parseSql } from './sql/parse.ts';

export interface Squashed {
  readonly name: string;
  readonly replaced: readonly string[];
}

/**
 * Folds the migrations up to `target` into one, in the place and with the identity of the last. A database that has them
 * gets its row in the place of theirs at the next upgrade, and runs nothing.
 */
export async function squashMigrations(
  target: string,
  name: string,
  folder: string = defaultFolder,
): Promise<Squashed> {
  const all = await readMigrations(folder);
  const last = target === 'head' ? all.at(-1) : findByName(all, target);
  const folded = all.filter(({ idx }) => idx <= (last?.idx ?? -1));
  if (!last || folded.length < 2) throw new MigrationFault('usage', 'There are not two migrations to fold');
  const typescript = folded.find(({ kind }) => kind === 'ts');
  if (typescript)
    throw new MigrationFault(
      'refused',
      `${typescript.name} is written in TypeScript and cannot be folded: fold up to the one before it`,
    );
  const number = numberOf(last.name);
  const snapshot = await readSnapshot(folder, number);
  if (!snapshot)
    throw new MigrationFault('invalid_files', `The snapshot of ${last.name} is missing: restore drizzle/meta from git`);

  const tag = `${number}_${slugOf(name)}`;
  const up = (await Promise.all(folded.map(foldable))).flat();
  const replaces = folded.flatMap((migration) => [...migration.replaces, migration]).map(replacesLine);
  await writeText(join(folder, `${tag}.sql`), `${[...replaces, up.join(`\n${BREAKPOINT}\n`)].join('\n')}\n`);
  await writeText(join(folder, `${tag}.down.sql`), `${foldDown(folded)}\n`);
  await writeSnapshot(folder, number, { ...snapshot, prevId: ORIGIN });
  const journal = await readJournal(folder);
  const entries = journal.entries.flatMap((entry) =>
    entry.tag === last.name ? [{ ...entry, tag }] : entry.idx < last.idx ? [] : [entry],
  );
  await writeJournal(folder, { ...journal, entries });
  for (const migration of folded) await removeFiles(folder, migration, tag, number);
  return { name: tag, replaced: folded.map((migration) => migration.name) };
}

/** A migration's statements, fit for the one transaction of the baseline: on an empty database nothing is concurrent. */
async function foldable({ name, up, noTransaction }: Migration): Promise<string[]> {
  const pieces = splitScript(up).map((piece) =>
    piece.replace(/^--\s*kura:\s*(no-transaction|replaces).*\n?/gm, '').trim(),
  );
  if (!noTransaction) return pieces.filter(Boolean);
  const statements = (await Promise.all(pieces.map(parseSql))).flat();
  return statements.map((statement) => {
    const { type, text } = statement;
    if (!needsNoTransaction(statement) || type === 'AlterEnumStmt' || type === 'DoStmt') return `${text};`;
    if (type === 'IndexStmt' || type === 'DropStmt')
      return `${text.replace(/\bconcurrently\b/i, '').replace(/ {2,}/g, ' ')};`;
    throw new MigrationFault(
      'refused',
      `${name} has a statement that cannot be folded: ${text.replace(/\s+/g, ' ').slice(0, 60)}`,
    );
  });
}

/** The ways back, last first; where one has none, neither has the whole. */
function foldDown(folded: readonly Migration[]): string {
  const oneWay = folded.find(({ down }) => down === null || directive(down, 'irreversible') !== undefined);
  if (oneWay) return `-- kura: irreversible ${oneWay.name} has no way back`;
  return folded
    .toReversed()
    .map(({ down }) =>
      (down ?? '')
        .replace(/^--\s*kura:\s*no-transaction.*\n?/gm, '')
        .replace(/\bindex\s+concurrently\b/gi, 'INDEX')
        .trim(),
    )
    .join(`\n${BREAKPOINT}\n`);
}

async function removeFiles(folder: string, { name }: Migration, tag: string, number: string): Promise<void> {
  for (const suffix of ['.sql', '.down.sql']) if (name !== tag) await rm(join(folder, name + suffix), { force: true });
  if (numberOf(name) !== number) await rm(snapshotPath(folder, numberOf(name)), { force: true });
}
