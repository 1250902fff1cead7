import { identifier } from '../database/literal.ts';
import type {
  ColumnSnapshot,
  EnumSnapshot,
  ForeignKeySnapshot,
  Snapshot,
  TableSnapshot,
} from '../files/snapshot-types.ts';

/** A column whose type is another one afterwards, or whose enum is made anew. */
export interface ColumnChange {
  readonly tableKey: string;
  readonly table: TableSnapshot;
  readonly before: ColumnSnapshot;
  readonly after: ColumnSnapshot;
}

export interface Changes {
  readonly columns: readonly ColumnChange[];
  /** Enums that lose a value, change the order, or have a new value for a default: they are made anew. */
  readonly enums: readonly { readonly key: string; readonly before: EnumSnapshot; readonly after: EnumSnapshot }[];
}

/** The changes that drizzle-kit's own statements get wrong: it casts without USING, and drops enums that are in use. */
export function changesOf(before: Snapshot, after: Snapshot): Changes {
  const enums = Object.entries(before.enums).flatMap(([key, old]) => {
    const now = after.enums[key];
    return now && isMadeAnew(old, now, after) ? [{ key, before: old, after: now }] : [];
  });
  const anew = new Set(enums.map(({ key }) => key));
  const columns = Object.entries(before.tables).flatMap(([tableKey, table]) => {
    const changed = Object.values(table.columns).flatMap((column) => {
      const now = after.tables[tableKey]?.columns[column.name];
      const isEqual = JSON.stringify(column) === JSON.stringify(now) && !anew.has(enumKey(column));
      return !now || isEqual || column.generated || now.generated
        ? []
        : [{ tableKey, table, before: column, after: now }];
    });
    // Beside a new identity drizzle-kit forgets the other columns of the table, so all of them are changed by us.
    const hasIdentity = changed.some((change) => !change.before.identity !== !change.after.identity);
    return changed.filter(
      (change) => hasIdentity || sqlType(change.before) !== sqlType(change.after) || anew.has(enumKey(change.before)),
    );
  });
  return { columns, enums };
}

/** Whether a constraint or index hangs on a column that changes; rather one too many than one too few. */
export function touches({ columns }: Changes, table: TableSnapshot, group: string, item: unknown): boolean {
  const text = JSON.stringify(item);
  return columns.some((change) => {
    const isOwn = change.table.name === table.name && change.table.schema === table.schema;
    const isTarget = group === 'foreignKeys' && (item as ForeignKeySnapshot).tableTo === change.table.name;
    return (isOwn || isTarget) && text.split(/[^\w$]+/).includes(change.before.name);
  });
}

/** A column's type as SQL. */
export function sqlType({ type, typeSchema }: ColumnSnapshot): string {
  if (!typeSchema) return type;
  const [, name = type, array = ''] = /^(.*?)((?:\[\d*\])*)$/.exec(type) ?? [];
  return `${identifier(typeSchema)}.${identifier(name)}${array}`;
}

function enumKey({ type, typeSchema }: ColumnSnapshot): string {
  return `${typeSchema || 'public'}.${type.replace(/(\[\d*\])+$/, '')}`;
}

function isMadeAnew(before: EnumSnapshot, after: EnumSnapshot, schema: Snapshot): boolean {
  const kept = after.values.filter((value) => before.values.includes(value));
  if (kept.join('\0') !== before.values.join('\0')) return true;
  const added = after.values.filter((value) => !before.values.includes(value));
  if (added.length === 0) return false;
  // ADD VALUE cannot be used before its transaction is over, so a default that needs it rules it out.
  return Object.values(schema.tables)
    .flatMap((table) => [...Object.values(table.columns).map((column) => column.default), ...expressions(table)])
    .some((text) => added.some((value) => String(text ?? '').includes(value)));
}

function expressions(table: TableSnapshot): (string | undefined)[] {
  return [
    ...Object.values(table.checkConstraints).map(({ value }) => value),
    ...Object.values(table.indexes).flatMap(({ where, columns }) => [
      where,
      ...columns.map(({ expression }) => expression),
    ]),
  ];
}
