import { MigrationFault } from '../fault.ts';
import { findByName } from '../files/find.ts';
import type { Migration } from '../files/folder.ts';

/** A part of the journal: everything after `from` (undefined is base) up to and with `to`. */
export interface Range {
  readonly from: Migration | undefined;
  readonly to: Migration | undefined;
  /** In the journal's order. */
  readonly migrations: readonly Migration[];
}

/** Reads `FROM:TO` of migrations' names, `base` and `head`, where FROM is the older. Throws `usage`. */
export function rangeOf(migrations: readonly Migration[], from: string, to: string): Range {
  const find = (text: string) => {
    if (text === 'base') return undefined;
    return text === 'head' ? migrations.at(-1) : findByName(migrations, text);
  };
  const [first, last] = [find(from), find(to)];
  const inside = migrations.filter(({ idx }) => idx > (first?.idx ?? -1) && idx <= (last?.idx ?? -1));
  if (inside.length === 0) throw new MigrationFault('usage', `The range ${from}:${to} is empty`);
  const typescript = inside.find(({ kind }) => kind === 'ts');
  if (typescript) {
    const message = `${typescript.name} is written in TypeScript and needs a connection: give ranges up to the one before it and after it`;
    throw new MigrationFault('usage', message, { migration: typescript.name });
  }
  return { from: first, to: last, migrations: inside };
}
