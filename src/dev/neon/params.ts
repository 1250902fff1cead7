/** A value that JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * A JSON parameter as the text that Postgres gets: null is NULL, a string goes as it is, an array becomes an array
 * literal, and everything else its JSON text. The rule is Neon's (`json_to_pg_text`).
 */
export function toPostgresText(value: Json): string | null {
  if (value === null || typeof value === 'string') return value;
  return Array.isArray(value) ? toArrayLiteral(value) : JSON.stringify(value);
}

function toArrayLiteral(items: Json[]): string {
  return `{${items.map(toArrayItem).join(',')}}`;
}

function toArrayItem(item: Json): string {
  if (item === null) return 'NULL';
  if (Array.isArray(item)) return toArrayLiteral(item);
  // An object is quoted once as JSON and once more as an item. JSON's escapes are not Postgres's; Neon does the same.
  return JSON.stringify(typeof item === 'object' ? JSON.stringify(item) : item);
}
