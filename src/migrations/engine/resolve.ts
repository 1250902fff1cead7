import { MigrationFault } from '../fault.ts';
import type { Snapshot } from '../files/snapshot-types.ts';
import { applyRenames } from './apply-renames.ts';
import { type Candidates, candidatesOf, label, type Rename } from './renames.ts';

/** Asks a person which of `gone` became `added`; undefined: none, it is new. */
export type Ask = (question: {
  readonly kind: string;
  readonly added: string;
  readonly gone: readonly string[];
}) => Promise<string | undefined>;

export interface ResolveOptions {
  /** `old=new`, as `--rename` has them: `users=people`, `users.email=mail`. */
  readonly given: readonly string[];
  /** Undefined where nobody can be asked. */
  readonly ask: Ask | undefined;
  /** What is not given is not renamed. */
  readonly noRenames: boolean;
}

/** Finds out which changes are renames: as given, else by asking. Throws `usage` where it cannot be found out. */
export async function resolveRenames(before: Snapshot, after: Snapshot, options: ResolveOptions): Promise<Rename[]> {
  const left = new Set(options.given);
  const renames: Rename[] = [];
  // Columns are compared in tables of the same name, so the tables come first.
  for (const kinds of [['table', 'enum', 'sequence'], ['column']]) {
    const { snapshot } = applyRenames(before, renames);
    for (const group of candidatesOf(snapshot, after).filter(({ kind }) => kinds.includes(kind))) {
      renames.push(...(await resolveGroup(group, options, left)));
    }
  }
  const unknown = [...left].map((text) => `--rename ${text}`);
  if (unknown.length > 0)
    throw new MigrationFault('usage', `${unknown.join(', ')} names nothing that is gone, or nothing that is new`);
  return renames;
}

async function resolveGroup(
  group: Candidates,
  { ask, noRenames }: ResolveOptions,
  left: Set<string>,
): Promise<Rename[]> {
  const gone = new Set(group.gone);
  const renames: Rename[] = [];
  const { kind, schema, table } = group;
  const take = (from: string, to: string) => {
    gone.delete(from);
    renames.push({ kind, schema, ...(table === undefined ? {} : { table }), from, to });
  };
  const open: string[] = [];
  for (const added of group.added) {
    const texts = group.gone.flatMap((from) => spellings(group, from, added).map((text) => ({ from, text })));
    const match = texts.find(({ from, text }) => left.has(text) && gone.has(from));
    if (match) {
      left.delete(match.text);
      take(match.from, added);
    } else open.push(added);
  }
  for (const added of open) {
    if (gone.size === 0 || noRenames) break;
    const question = { kind, added: label(group, added), gone: [...gone] };
    if (!ask) throw ambiguous(group, added, [...gone]);
    const answer = await ask(question);
    if (answer !== undefined) take(answer, added);
  }
  return renames;
}

/** `users.email=mail` and `users.email=users.mail` are the same. */
function spellings(group: Candidates, from: string, to: string): string[] {
  return [`${label(group, from)}=${to}`, `${label(group, from)}=${label(group, to)}`];
}

function ambiguous(group: Candidates, added: string, gone: readonly string[]): MigrationFault {
  const options = gone.map((from) => `--rename ${label(group, from)}=${added}`).join(' or ');
  const message = `Is the ${group.kind} ${label(group, added)} new, or an old one renamed? Say ${options}, or --no-renames: then the old one is dropped with its data`;
  return new MigrationFault('usage', message);
}
