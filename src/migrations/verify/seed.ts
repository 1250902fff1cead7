import type { Connection } from '../database/connection.ts';
import { identifier, literal } from '../database/literal.ts';

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** The labels of an enum. */
  readonly labels: string[] | null;
  /** The table that a foreign key of this one column refers to, and its column there. */
  readonly target: string | null;
  readonly targetColumn: string | null;
}

/** Rows per table: enough to tell them apart. */
const ROWS = 2;

/**
 * Puts rows into every empty table that takes them: made-up values for the columns that need one, tables that others
 * refer to first. A table whose constraints refuse them stays empty. Returns the tables that now have rows.
 */
export async function seedTables(connection: Connection): Promise<string[]> {
  const columns = await connection.rows<Column>(neededColumns);
  const tables = await connection.rows<{ name: string }>(emptyCandidates);
  let left = tables.map(({ name }) => name);
  const seeded: string[] = [];
  for (let progress = true; progress && left.length > 0; ) {
    progress = false;
    for (const table of left) {
      if (
        await seedTable(
          connection,
          table,
          columns.filter((column) => column.table === table),
        )
      ) {
        seeded.push(table);
        progress = true;
      }
    }
    left = left.filter((table) => !seeded.includes(table));
  }
  return seeded;
}

async function seedTable(connection: Connection, table: string, columns: readonly Column[]): Promise<boolean> {
  const [found] = await connection.rows<{ any: boolean }>(`select exists(select from ${table}) as any`);
  if (found?.any) return true;
  await connection.query('begin');
  try {
    for (let row = 1; row <= ROWS; row++) {
      const names = columns.map(({ name }) => identifier(name)).join(', ');
      const values = columns.map((column) => madeUp(column, row)).join(', ');
      await connection.query(
        columns.length === 0
          ? `insert into ${table} default values`
          : `insert into ${table} (${names}) values (${values})`,
      );
    }
    await connection.query('commit');
    return true;
  } catch {
    await connection.query('rollback'); // made-up values are not for every table
    return false;
  }
}

/** A value of the column's type, another one for each row. */
function madeUp({ type, labels, target, targetColumn }: Column, row: number): string {
  if (target && targetColumn) return `(select ${identifier(targetColumn)} from ${target} limit 1)`;
  if (labels) return literal(labels[0] ?? '');
  if (/\[\]$/.test(type)) return `'{}'`;
  if (/int|numeric|real|double|money/.test(type)) return String(row);
  if (/bool/.test(type)) return 'true';
  if (/^timestamp|^date/.test(type)) return `'2026-01-0${row}'`;
  if (/^time/.test(type)) return `'0${row}:00'`;
  if (/^interval/.test(type)) return `'${row} days'`;
  if (/uuid/.test(type)) return `'00000000-0000-7000-8000-00000000000${row}'`;
  if (/json/.test(type)) return `'{}'`;
  if (/bytea/.test(type)) return `'\\x0${row}'`;
  if (/inet|cidr/.test(type)) return `'10.0.0.${row}'`;
  return `'${row}'`;
}

const own = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'drizzle')`;

const emptyCandidates = `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and ${own} order by 1`;

const neededColumns = `select c.oid::regclass::text as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid) as labels,
    k.confrelid::regclass::text as target,
    (select b.attname from pg_attribute b where b.attrelid = k.confrelid and b.attnum = k.confkey[1]) as "targetColumn"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    left join lateral (select confrelid, confkey from pg_constraint
      where contype = 'f' and conrelid = c.oid and conkey = array[a.attnum] limit 1) k on true
  where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attnotnull and not a.atthasdef
    and a.attidentity = '' and ${own} order by 1, a.attnum`;
