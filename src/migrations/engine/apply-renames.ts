import { identifier } from '../database/literal.ts';
import type { Snapshot, TableSnapshot } from '../files/snapshot-types.ts';
import type { Rename } from './renames.ts';

/**
 * The snapshot after the renames, and the statements that make them. drizzle-kit is then shown a schema in which the
 * names are the new ones already, so it sees no rename and asks nothing.
 */
export function applyRenames(
  snapshot: Snapshot,
  renames: readonly Rename[],
): { snapshot: Snapshot; statements: string[] } {
  const copy = structuredClone(snapshot);
  const statements = renames.map((rename) => {
    const path = (name: string) =>
      `${rename.schema === 'public' ? '' : `${identifier(rename.schema)}.`}${identifier(name)}`;
    patches[rename.kind](copy, rename);
    const { kind, table = '', from, to } = rename;
    if (kind === 'column') return `ALTER TABLE ${path(table)} RENAME COLUMN ${identifier(from)} TO ${identifier(to)};`;
    return `ALTER ${{ table: 'TABLE', enum: 'TYPE', sequence: 'SEQUENCE' }[kind]} ${path(from)} RENAME TO ${identifier(to)};`;
  });
  return { snapshot: copy, statements };
}

const patches: Record<Rename['kind'], (snapshot: Snapshot, rename: Rename) => void> = {
  table(snapshot, { schema, from, to }) {
    rekey(snapshot.tables, `${schema}.${from}`, `${schema}.${to}`, to);
    for (const table of Object.values(snapshot.tables)) {
      for (const key of Object.values(table.foreignKeys)) {
        if (key.tableTo === from && (key.schemaTo || 'public') === schema) key.tableTo = to;
        if (key.tableFrom === from && (table.schema || 'public') === schema) key.tableFrom = to;
      }
    }
    const table = snapshot.tables[`${schema}.${to}`];
    if (table) rewriteExpressions(table, `"${from}".`, `"${to}".`);
  },
  column(snapshot, { schema, table: name = '', from, to }) {
    const table = snapshot.tables[`${schema}.${name}`];
    if (!table) return;
    rekey(table.columns, from, to, to);
    const renamed = (column: string) => (column === from ? to : column);
    for (const index of Object.values(table.indexes)) {
      for (const column of index.columns) if (!column.isExpression) column.expression = renamed(column.expression);
    }
    for (const group of [table.uniqueConstraints, table.compositePrimaryKeys]) {
      for (const constraint of Object.values(group)) constraint.columns = constraint.columns.map(renamed);
    }
    for (const key of Object.values(table.foreignKeys)) key.columnsFrom = key.columnsFrom.map(renamed);
    for (const other of Object.values(snapshot.tables)) {
      for (const key of Object.values(other.foreignKeys)) {
        if (key.tableTo === name && (key.schemaTo || 'public') === schema) key.columnsTo = key.columnsTo.map(renamed);
      }
    }
    rewriteExpressions(table, `"${name}"."${from}"`, `"${name}"."${to}"`);
  },
  enum(snapshot, { schema, from, to }) {
    rekey(snapshot.enums, `${schema}.${from}`, `${schema}.${to}`, to);
    for (const table of Object.values(snapshot.tables)) {
      for (const column of Object.values(table.columns)) {
        if ((column.typeSchema || 'public') === schema && column.type.replace(/(\[\])+$/, '') === from) {
          column.type = column.type.replace(from, to);
        }
      }
    }
  },
  sequence(snapshot, { schema, from, to }) {
    rekey(snapshot.sequences, `${schema}.${from}`, `${schema}.${to}`, to);
  },
};

/** Renames a key without moving it: drizzle-kit writes things in the order that they have. */
function rekey<T extends { name: string }>(all: Record<string, T>, from: string, to: string, name: string): void {
  const entries = Object.entries(all);
  for (const key of Object.keys(all)) delete all[key];
  for (const [key, value] of entries) {
    if (key === from) value.name = name;
    all[key === from ? to : key] = value;
  }
}

/** Postgres rewrites the expressions of checks, indexes and policies by itself, so the snapshot follows. */
function rewriteExpressions(table: TableSnapshot, from: string, to: string): void {
  const rewrite = (text: string) => text.replaceAll(from, to);
  for (const check of Object.values(table.checkConstraints)) check.value = rewrite(check.value);
  for (const index of Object.values(table.indexes)) {
    if (index.where) index.where = rewrite(index.where);
    for (const column of index.columns) if (column.isExpression) column.expression = rewrite(column.expression);
  }
  for (const policy of Object.values(table.policies)) {
    if (policy.using) policy.using = rewrite(policy.using);
    if (policy.withCheck) policy.withCheck = rewrite(policy.withCheck);
  }
}
