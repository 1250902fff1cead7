import type { AlterTableCmd, AlterTableStmt } from 'libpg-query';
import { as } from '../sql/parse.ts';
import { lintNewColumn } from './column.ts';
import type { Violation } from './rules.ts';

/** What ALTER TABLE does to a table that has rows and traffic. */
export function lintAlterTable({ cmds = [], relation }: AlterTableStmt): Violation[] {
  const table = relation?.relname ?? '?';
  return cmds.flatMap((command) => {
    const cmd = as(command, 'AlterTableCmd');
    return cmd ? lintCommand(cmd, table) : [];
  });
}

function lintCommand({ subtype, def, name }: AlterTableCmd, table: string): Violation[] {
  const column = `${table}.${name}`;
  switch (subtype) {
    case 'AT_AddColumn':
      return lintNewColumn(as(def, 'ColumnDef'), table);
    case 'AT_AlterColumnType':
      return [{ rule: 'table-rewrite', subject: `type of ${column}` }];
    case 'AT_SetNotNull':
      return [{ rule: 'set-not-null', subject: column }];
    case 'AT_DropColumn':
      return [{ rule: 'drop', subject: `column ${column}` }];
    case 'AT_AddConstraint':
      return lintConstraint(def, table);
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetTableSpace':
    case 'AT_SetAccessMethod':
      return [{ rule: 'table-rewrite', subject: table }];
    default:
      return [];
  }
}

function lintConstraint(def: AlterTableCmd['def'], table: string): Violation[] {
  const { contype, conname, indexname, skip_validation } = as(def, 'Constraint') ?? {};
  const subject = `${conname ?? 'a constraint'} on ${table}`;
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_EXCLUSION') {
    return indexname ? [] : [{ rule: 'unique-without-index', subject }];
  }
  if ((contype === 'CONSTR_FOREIGN' || contype === 'CONSTR_CHECK') && !skip_validation)
    return [{ rule: 'constraint-not-valid', subject }];
  return contype === 'CONSTR_NOTNULL' && !skip_validation ? [{ rule: 'set-not-null', subject }] : [];
}
