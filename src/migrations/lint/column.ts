import type { ColumnDef } from 'libpg-query';
import { as, names } from '../sql/parse.ts';
import type { Violation } from './rules.ts';

/** Functions whose value is fixed for the statement, so a default of them needs no rewrite. */
const STABLE = [
  'now',
  'current_timestamp',
  'transaction_timestamp',
  'statement_timestamp',
  'current_setting',
  'lower',
  'upper',
];

/** What ADD COLUMN does to a table that has rows. */
export function lintNewColumn(column: ColumnDef | undefined, table: string): Violation[] {
  const subject = `${table}.${column?.colname}`;
  const constraints = (column?.constraints ?? []).flatMap((item) => as(item, 'Constraint') ?? []);
  const find = (type: string) => constraints.find(({ contype }) => contype === type);
  const violations: Violation[] = [];
  const type = names(column?.typeName?.names).at(-1) ?? '';
  const fills = /serial/.test(type) || find('CONSTR_IDENTITY') || find('CONSTR_GENERATED')?.generated_kind === 's';
  if (fills || isVolatile(find('CONSTR_DEFAULT')?.raw_expr)) violations.push({ rule: 'table-rewrite', subject });
  const required = find('CONSTR_NOTNULL') ?? find('CONSTR_PRIMARY');
  if (required && !find('CONSTR_DEFAULT') && !fills && !find('CONSTR_GENERATED'))
    violations.push({ rule: 'not-null-without-default', subject });
  if (find('CONSTR_UNIQUE') || find('CONSTR_PRIMARY')) violations.push({ rule: 'unique-without-index', subject });
  if (find('CONSTR_FOREIGN') || find('CONSTR_CHECK')) violations.push({ rule: 'constraint-not-valid', subject });
  return violations;
}

/** Whether the default may call a function that gives each row its own value; rather yes than no. */
function isVolatile(expression: unknown): boolean {
  const calls = [...JSON.stringify(expression ?? null).matchAll(/"funcname":(\[.*?\])/g)];
  return calls.some(([, name = '']) => !STABLE.some((stable) => name.includes(`"${stable}"`)));
}
