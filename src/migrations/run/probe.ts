import type { Connection } from '../database/connection.ts';
import { identifier } from '../database/literal.ts';
import { as, names, type Parsed } from '../sql/parse.ts';

/**
 * Before a statement that no transaction protects is run again: whether a killed run had finished it. An invalid index
 * that a failed CREATE INDEX CONCURRENTLY left is dropped, so that the statement can build it anew.
 */
export async function alreadyDone(
  connection: Connection,
  { node }: Parsed,
  note: (text: string) => void,
): Promise<boolean> {
  const index = as(node, 'IndexStmt');
  if (index?.idxname) {
    const schema = index.relation?.schemaname;
    const found = await findIndex(connection, [...(schema ? [schema] : []), index.idxname]);
    if (!found) return false;
    if (found.valid) return true;
    note(`dropping the invalid index ${found.name} that a failed run left`);
    await connection.query(`set lock_timeout = 0; `);
    await connection.query(`drop index concurrently ${identifier(found.schema)}.${identifier(found.name)}`);
    return false;
  }
  const drop = as(node, 'DropStmt');
  if (drop?.removeType === 'OBJECT_INDEX' && drop.objects?.length === 1) {
    return !(await findIndex(connection, names(as(drop.objects[0], 'List')?.items)));
  }
  const value = as(node, 'AlterEnumStmt');
  if (value?.newVal && !value.oldVal) {
    const type = names(value.typeName).map(identifier).join('.');
    const rows = await connection.rows('select from pg_enum where enumtypid = to_regtype($1) and enumlabel = $2', [
      type,
      value.newVal,
    ]);
    return rows.length > 0;
  }
  return false;
}

async function findIndex(
  connection: Connection,
  path: string[],
): Promise<{ schema: string; name: string; valid: boolean } | undefined> {
  const [found] = await connection.rows<{ schema: string; name: string; valid: boolean }>(
    `select n.nspname as schema, c.relname as name, i.indisvalid as valid
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where c.oid = to_regclass($1)`,
    [path.map(identifier).join('.')],
  );
  return found;
}
