import { oneLine } from '../fault.ts';
import type { Migration } from '../files/folder.ts';
import { directives, splitScript } from '../files/script.ts';
import { type Parsed, parseSql } from '../sql/parse.ts';
import { RULES, type Rule } from './rules.ts';
import { type FileState, lintStatement } from './statement.ts';

/** An unsafe statement. */
export interface LintFinding {
  readonly migration: string;
  /** The statement's number in the file, from 1. */
  readonly statement: number;
  readonly sql: string;
  readonly rule: Rule;
  readonly subject: string;
  readonly why: string;
  readonly safe: string;
}

/**
 * What is unsafe in a migration on a database that serves traffic. `-- kura: allow RULE REASON` before a statement
 * silences one rule there; what the same file makes is nobody's yet and may be changed freely.
 */
export async function lintMigration({ name, up, kind, noTransaction, replaces }: Migration): Promise<LintFinding[]> {
  if (kind === 'ts' || replaces.length > 0) return []; // a squash is run on empty databases only
  const state: FileState = { newTables: new Set(), newEnumValues: new Set(), noTransaction };
  const findings: LintFinding[] = [];
  let number = 0;
  for (const piece of splitScript(up)) {
    let statements: Parsed[];
    try {
      statements = await parseSql(piece);
    } catch (error) {
      findings.push(finding(name, number + 1, piece, 'syntax-error', oneLine(error)));
      continue;
    }
    for (const [index, statement] of statements.entries()) {
      number++;
      // A comment at the head of a piece belongs to its first statement.
      const comments = index === 0 ? piece.slice(0, piece.indexOf(statement.text)) + statement.text : statement.text;
      const allowed = directives(comments, 'allow').map((text) => text.split(/\s+/)[0]);
      for (const { rule, subject } of lintStatement(statement, state)) {
        if (!allowed.includes(rule)) findings.push(finding(name, number, statement.text, rule, subject));
      }
    }
  }
  return findings;
}

function finding(migration: string, statement: number, sql: string, rule: Rule, subject: string): LintFinding {
  const [why, safe] = RULES[rule];
  const text = sql
    .replace(/^\s*--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return { migration, statement, sql: text, rule, subject, why, safe };
}
