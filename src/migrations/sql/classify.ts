import { as, type Parsed } from './parse.ts';

/** Statements that Postgres refuses in a transaction block, or that are useless in one. */
export function needsNoTransaction({ node, type }: Parsed): boolean {
  const concurrently = (options: readonly unknown[] | undefined) =>
    JSON.stringify(options ?? []).includes('"concurrently"');
  switch (type) {
    case 'IndexStmt':
      return as(node, 'IndexStmt')?.concurrent === true;
    case 'DropStmt':
      return as(node, 'DropStmt')?.concurrent === true;
    case 'ReindexStmt':
      return (
        concurrently(as(node, 'ReindexStmt')?.params) || as(node, 'ReindexStmt')?.kind === 'REINDEX_OBJECT_DATABASE'
      );
    case 'AlterTableStmt':
      return JSON.stringify(node).includes('"concurrent":true');
    case 'VacuumStmt':
      return as(node, 'VacuumStmt')?.is_vacuumcmd === true;
    case 'ClusterStmt':
      return as(node, 'ClusterStmt')?.relation === undefined;
    case 'AlterEnumStmt':
      return as(node, 'AlterEnumStmt')?.oldVal === undefined;
    default:
      return ['AlterSystemStmt', 'CreatedbStmt', 'DropdbStmt', 'CreateTableSpaceStmt', 'CallStmt', 'DoStmt'].includes(
        type,
      );
  }
}

/** Statements that take only weak locks and wait for old transactions, however long: a lock timeout would break them. */
export function waitsForOldTransactions(parsed: Parsed): boolean {
  return /^(IndexStmt|DropStmt|ReindexStmt|AlterTableStmt)$/.test(parsed.type) && needsNoTransaction(parsed);
}
