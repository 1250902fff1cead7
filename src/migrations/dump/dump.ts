import type { Connection } from '../database/connection.ts';
import { dumpQueries } from './queries.ts';

/** One object of a schema, in a text that is the same for equal objects. */
export interface DumpItem {
  /** Such as `column`. */
  readonly kind: string;
  /** Its qualified name, such as `public.users.email`. */
  readonly key: string;
  readonly text: string;
}

/** The schema of a database, sorted by kind and name: equal schemas have equal dumps, to the last byte. */
export async function dumpSchema(connection: Connection): Promise<DumpItem[]> {
  await connection.query("begin isolation level repeatable read read only; set local search_path = ''");
  try {
    const items: DumpItem[] = [];
    for (const query of dumpQueries) items.push(...(await connection.rows<DumpItem>(query)));
    return items.toSorted((a, b) => compare(a.kind, b.kind) || compare(a.key, b.key));
  } finally {
    if (!connection.lost) await connection.query('commit');
  }
}

/** The dump as text, one object a line; a definition of several lines is indented. */
export function dumpText(items: readonly DumpItem[]): string {
  return items.map((item) => `${itemText(item)}\n`).join('');
}

/** By code unit: the same everywhere, whatever the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function itemText({ kind, key, text }: DumpItem): string {
  return `${kind} ${key} ${text.replaceAll('\n', '\n  ')}`.trimEnd();
}
