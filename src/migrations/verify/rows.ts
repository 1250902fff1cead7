import type { Connection } from '../database/connection.ts';
import { identifier } from '../database/literal.ts';

/** A table's rows as text, and its columns. */
export type Rows = ReadonlyMap<
  string,
  { readonly columns: readonly string[]; readonly rows: readonly Record<string, unknown>[] }
>;

/** Every row of every table. */
export async function readRows(connection: Connection): Promise<Rows> {
  const tables = await connection.rows<{ name: string; columns: string[] }>(`
    select c.oid::regclass::text as name, coalesce(array_agg(a.attname::text order by a.attname) filter (where a.attname is not null), '{}') as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
      left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'drizzle')
    group by c.oid`);
  const all = new Map<string, { columns: string[]; rows: Record<string, unknown>[] }>();
  for (const { name, columns } of tables) {
    const list = columns.map((column) => `${identifier(column)}::text`).join(', ');
    all.set(name, { columns, rows: await connection.rows<Record<string, unknown>>(`select ${list} from ${name}`) });
  }
  return all;
}

/** The tables that are in both and lost rows, or values of the columns that are in both. */
export function lostRows(before: Rows, after: Rows): string[] {
  return [...before].flatMap(([table, old]) => {
    const now = after.get(table);
    if (!now) return [];
    const common = old.columns.filter((column) => now.columns.includes(column));
    const text = (rows: readonly Record<string, unknown>[]) =>
      rows
        .map((row) => JSON.stringify(common.map((column) => row[column])))
        .toSorted()
        .join('\n');
    return text(old.rows) === text(now.rows)
      ? []
      : [`${table} (${old.rows.length} rows before, ${now.rows.length} after)`];
  });
}
