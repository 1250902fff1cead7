import type { Snapshot } from '../files/snapshot-types.ts';

/** A rename that keeps the data: of a table, a column (of `table`, by its new name), an enum or a sequence. */
export interface Rename {
  readonly kind: 'table' | 'column' | 'enum' | 'sequence';
  readonly schema: string;
  readonly table?: string;
  readonly from: string;
  readonly to: string;
}

/** Names that are gone and names that are new among things of one kind in one place: each new one may be a rename. */
export interface Candidates {
  readonly kind: Rename['kind'];
  readonly schema: string;
  readonly table?: string;
  readonly gone: readonly string[];
  readonly added: readonly string[];
}

/** `users`, `users.email`, `auth.users.email`: as a person writes it. */
export function label({ kind, schema, table }: Pick<Rename, 'kind' | 'schema' | 'table'>, name: string): string {
  const path = [...(schema === 'public' ? [] : [schema]), ...(kind === 'column' && table ? [table] : []), name];
  return path.join('.');
}

/** Where `after` has new names and lacks old ones. Columns are compared in the tables that both have. */
export function candidatesOf(before: Snapshot, after: Snapshot): Candidates[] {
  const groups: Candidates[] = [
    ...bySchema('table', before.tables, after.tables),
    ...bySchema('enum', before.enums, after.enums),
    ...bySchema('sequence', before.sequences, after.sequences),
  ];
  for (const [key, table] of Object.entries(after.tables)) {
    const old = before.tables[key];
    if (!old) continue;
    const names = difference(Object.keys(old.columns), Object.keys(table.columns));
    groups.push({ kind: 'column', schema: table.schema || 'public', table: table.name, ...names });
  }
  return groups.filter(({ gone, added }) => gone.length > 0 && added.length > 0);
}

/** The renames that undo these. */
export function inverse(renames: readonly Rename[]): Rename[] {
  return renames.toReversed().map((rename) => ({ ...rename, from: rename.to, to: rename.from }));
}

type Named = Record<string, { name: string; schema?: string | undefined }>;

function bySchema(kind: Rename['kind'], before: Named, after: Named): Candidates[] {
  const names = (all: Named, schema: string) =>
    Object.values(all)
      .filter((item) => (item.schema || 'public') === schema)
      .map(({ name }) => name);
  const schemas = new Set([...Object.values(before), ...Object.values(after)].map(({ schema }) => schema || 'public'));
  return [...schemas].map((schema) => ({ kind, schema, ...difference(names(before, schema), names(after, schema)) }));
}

function difference(before: readonly string[], after: readonly string[]): { gone: string[]; added: string[] } {
  return {
    gone: before.filter((name) => !after.includes(name)),
    added: after.filter((name) => !before.includes(name)),
  };
}
