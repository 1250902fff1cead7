/** drizzle-kit's snapshot, version 7, as far as Kura looks into it. Its own declaration of it is opaque. */
export interface Snapshot {
  id: string;
  prevId: string;
  version: '7';
  dialect: 'postgresql';
  tables: Record<string, TableSnapshot>;
  enums: Record<string, EnumSnapshot>;
  schemas: Record<string, string>;
  sequences: Record<string, NamedSnapshot>;
  roles: Record<string, NamedSnapshot>;
  policies: Record<string, NamedSnapshot>;
  views: Record<string, NamedSnapshot & { definition?: string }>;
  _meta: object;
}

export interface NamedSnapshot {
  name: string;
  schema?: string;
}

export interface EnumSnapshot {
  name: string;
  schema: string;
  values: string[];
}

export interface TableSnapshot {
  name: string;
  schema: string;
  columns: Record<string, ColumnSnapshot>;
  indexes: Record<string, IndexSnapshot>;
  foreignKeys: Record<string, ForeignKeySnapshot>;
  compositePrimaryKeys: Record<string, { name: string; columns: string[] }>;
  uniqueConstraints: Record<string, { name: string; columns: string[] }>;
  checkConstraints: Record<string, { name: string; value: string }>;
  policies: Record<string, { name: string; using?: string; withCheck?: string }>;
}

export interface ColumnSnapshot {
  name: string;
  /** Such as `varchar(20)[]`; with `typeSchema`, the name of a type there. */
  type: string;
  typeSchema?: string;
  primaryKey: boolean;
  notNull: boolean;
  /** As SQL. */
  default?: string | number | boolean;
  generated?: object;
  identity?: unknown;
}

export interface IndexSnapshot {
  name: string;
  columns: { expression: string; isExpression: boolean }[];
  where?: string;
}

export interface ForeignKeySnapshot {
  name: string;
  tableFrom: string;
  tableTo: string;
  schemaTo?: string;
  columnsFrom: string[];
  columnsTo: string[];
}
