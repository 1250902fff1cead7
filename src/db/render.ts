import { Name, SQL, StringChunk, sql } from 'drizzle-orm';
import { PgDialect, PgTable } from 'drizzle-orm/pg-core';
import { rememberedOf } from './remembered.ts';

interface Rendered {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/**
 * The SQL as text, as Drizzle renders it. That asks of every part nine times what it is, and nearly all parts of a
 * repository's statements are text, values and other SQL: where there is nothing else, they are put together here.
 */
export function rendered(query: SQL): Rendered {
  const params: unknown[] = [];
  const text = textOf(query, params);
  return text === undefined ? byDrizzle(query) : { sql: text, params };
}

/** A dialect for each: it would take another table of the same name for the first that it has seen. */
const byDrizzle = (query: SQL): Rendered => new PgDialect().sqlToQuery(query);

/** Adds its values to `params`; `undefined` if it has a part that only Drizzle can render. */
function textOf(query: SQL, params: unknown[]): string | undefined {
  // biome-ignore lint/complexity/useLiteralKeys: private, and read all the same: it changes what is rendered
  if (query['shouldInlineParams']) return undefined;
  let text = '';
  for (const part of query.queryChunks) {
    const more = partOf(part, params);
    if (more === undefined) return undefined;
    text += more;
  }
  return text;
}

function partOf(part: unknown, params: unknown[]): string | undefined {
  if (part instanceof StringChunk) return part.value.join('');
  if (part instanceof SQL) return textOf(part, params);
  if (typeof part === 'string' || part === null) return `$${params.push(part)}`;
  if (part instanceof PgTable) return nameOf(part);
  return part instanceof Name ? quoted(part.value) : undefined;
}

const nameOf = rememberedOf((table: PgTable) => byDrizzle(sql`${table}`).sql);

/** A name as SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
