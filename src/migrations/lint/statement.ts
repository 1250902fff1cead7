import { needsNoTransaction } from '../sql/classify.ts';
import { as, names, type Parsed } from '../sql/parse.ts';
import { lintAlterTable } from './alter-table.ts';
import type { Violation } from './rules.ts';

/** What the file has made so far: nobody uses it yet, so it may be changed freely. */
export interface FileState {
  readonly newTables: Set<string>;
  readonly newEnumValues: Set<string>;
  readonly noTransaction: boolean;
}

/** What is unsafe in one statement. */
export function lintStatement(parsed: Parsed, state: FileState): Violation[] {
  const { node, type } = parsed;
  const violations: Violation[] = [];
  const used = [...state.newEnumValues].find(
    (value) => type !== 'AlterEnumStmt' && JSON.stringify(node).includes(`"sval":"${value}"`),
  );
  if (used !== undefined && !state.noTransaction) violations.push({ rule: 'enum-value-used', subject: `'${used}'` });
  const isNew = (table: string | undefined) => table !== undefined && state.newTables.has(table);

  const alter = as(node, 'AlterTableStmt');
  if (alter && !isNew(alter.relation?.relname)) violations.push(...lintAlterTable(alter));
  const index = as(node, 'IndexStmt');
  if (index) {
    const subject = index.idxname ?? `an index on ${index.relation?.relname}`;
    if (!index.concurrent && !isNew(index.relation?.relname))
      violations.push({ rule: 'index-not-concurrently', subject });
    if (index.concurrent && !index.idxname) violations.push({ rule: 'unnamed-index', subject });
  }
  const drop = as(node, 'DropStmt');
  const dropped = (drop?.objects ?? []).map((object) =>
    names(as(object, 'List')?.items ?? as(object, 'TypeName')?.names ?? [object]).join('.'),
  );
  if (drop?.removeType === 'OBJECT_INDEX' && !drop.concurrent)
    violations.push({ rule: 'drop-index-not-concurrently', subject: dropped.join(', ') });
  if (
    /^OBJECT_(TABLE|VIEW|MATVIEW|SCHEMA|SEQUENCE|TYPE|FUNCTION)$/.test(drop?.removeType ?? '') &&
    !dropped.every(isNew)
  ) {
    violations.push({ rule: 'drop', subject: dropped.join(', ') });
  }
  const rename = as(node, 'RenameStmt');
  if (
    rename &&
    /^OBJECT_(TABLE|COLUMN|VIEW|SCHEMA|TYPE|SEQUENCE)$/.test(rename.renameType ?? '') &&
    !isNew(rename.relation?.relname)
  ) {
    violations.push({
      rule: 'rename',
      subject: [rename.relation?.relname, rename.subname].filter(Boolean).join('.') || `to ${rename.newname}`,
    });
  }
  if (needsNoTransaction(parsed) && !['AlterEnumStmt', 'DoStmt', 'CallStmt'].includes(type) && !state.noTransaction) {
    violations.push({ rule: 'concurrently-in-transaction', subject: type.replace(/Stmt$/, '') });
  }
  if (type === 'TransactionStmt') violations.push({ rule: 'transaction-control', subject: 'a transaction statement' });
  if (type === 'LockStmt' || type === 'ClusterStmt' || type === 'TruncateStmt' || isFullVacuum(parsed)) {
    violations.push({ rule: 'exclusive-lock', subject: type.replace(/Stmt$/, '') });
  }
  const set = as(node, 'VariableSetStmt');
  if (set?.name === 'lock_timeout' && isZero(set)) violations.push({ rule: 'lock-timeout', subject: 'lock_timeout' });
  remember(parsed, state);
  return violations;
}

function remember({ node }: Parsed, { newTables, newEnumValues }: FileState): void {
  const created = as(node, 'CreateStmt')?.relation?.relname ?? as(node, 'CreateTableAsStmt')?.into?.rel?.relname;
  if (created) newTables.add(created);
  const renamed = as(node, 'RenameStmt');
  if (renamed?.renameType === 'OBJECT_TABLE' && renamed.newname && newTables.has(renamed.relation?.relname ?? ''))
    newTables.add(renamed.newname);
  const value = as(node, 'AlterEnumStmt');
  if (value?.newVal && !value.oldVal) newEnumValues.add(value.newVal);
}

function isFullVacuum({ node }: Parsed): boolean {
  return JSON.stringify(as(node, 'VacuumStmt')?.options ?? []).includes('"full"');
}

/** 0, '0' or DEFAULT: Postgres then waits for ever. */
function isZero(set: { kind?: string; args?: unknown[] }): boolean {
  return set.kind === 'VAR_SET_DEFAULT' || /"ival":\{\}|"sval":"0[a-z]*"/.test(JSON.stringify(set.args ?? []));
}
