import { loadModule, type Node, parseSync } from 'libpg-query';

/** One statement of a script, with Postgres's own parse tree. */
export interface Parsed {
  /** Its text, with the comments before it. */
  readonly text: string;
  /** Such as `IndexStmt`. */
  readonly type: string;
  readonly node: Node;
}

/** Parses SQL as Postgres does. Throws an error with Postgres's message where the syntax is wrong. */
export async function parseSql(sql: string): Promise<Parsed[]> {
  await loadModule();
  const bytes = Buffer.from(sql); // the parser's offsets are bytes
  return (parseSync(sql).stmts ?? []).flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
    if (!stmt) return [];
    const end = stmt_len ? stmt_location + stmt_len : bytes.length;
    const type = Object.keys(stmt)[0] ?? '';
    return [{ text: bytes.subarray(stmt_location, end).toString().trim(), type, node: stmt }];
  });
}

type KeyOf<T> = T extends unknown ? keyof T : never;
type BodyOf<K> = Extract<Node, Record<K & string, unknown>>[K & keyof Extract<Node, Record<K & string, unknown>>];

/** The body of `node` if it is of that type. */
export function as<K extends KeyOf<Node>>(node: Node | undefined, type: K): BodyOf<K> | undefined {
  return (node as Record<string, unknown> | undefined)?.[type as string] as BodyOf<K> | undefined;
}

/** The dotted name in a list of String nodes: `["public", "users"]`. */
export function names(list: readonly Node[] | undefined): string[] {
  return (list ?? []).map((item) => as(item, 'String')?.sval ?? '');
}
