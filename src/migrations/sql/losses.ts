import { splitScript } from '../files/script.ts';
import { as, names, parseSql } from './parse.ts';

const DROPPED: Record<string, string> = {
  OBJECT_TABLE: 'table',
  OBJECT_SCHEMA: 'schema',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_MATVIEW: 'materialized view',
};

/** What a script destroys beyond recovery, one phrase each: `drops table "users"`. */
export async function lossesOf(script: string): Promise<string[]> {
  const statements = (await Promise.all(splitScript(script).map(parseSql))).flat();
  return statements.flatMap(({ node }) => {
    const drop = as(node, 'DropStmt');
    const kind = DROPPED[drop?.removeType ?? ''];
    if (kind)
      return (drop?.objects ?? []).map(
        (object) => `drops ${kind} ${names(as(object, 'List')?.items ?? [object]).join('.')}`,
      );
    const alter = as(node, 'AlterTableStmt');
    if (alter) {
      return (alter.cmds ?? []).flatMap((command) => {
        const { subtype, name } = as(command, 'AlterTableCmd') ?? {};
        if (subtype === 'AT_DropColumn') return [`drops column ${alter.relation?.relname}.${name}`];
        return subtype === 'AT_AlterColumnType' ? [`changes the type of ${alter.relation?.relname}.${name}`] : [];
      });
    }
    const remove = as(node, 'DeleteStmt');
    if (remove) return [`deletes rows of ${remove.relation?.relname}`];
    return as(node, 'TruncateStmt') ? ['empties a table'] : [];
  });
}
