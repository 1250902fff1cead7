import { identifier, literal } from '../database/literal.ts';
import type { ColumnSnapshot, Snapshot } from '../files/snapshot-types.ts';
import { type Changes, type ColumnChange, sqlType } from './types.ts';

/** The statements that change types in `between`, and the snapshot afterwards. Nothing hangs on the columns by then. */
export function changeTypes(between: Snapshot, changes: Changes): { snapshot: Snapshot; statements: string[] } {
  const snapshot = structuredClone(between);
  const old = ({ schema, name }: { schema: string; name: string }) =>
    `${identifier(schema || 'public')}.${identifier(name)}`;
  const statements = changes.enums.flatMap(({ key, before, after }) => {
    const made = snapshot.enums[key];
    if (made) made.values = [...after.values];
    return [
      `ALTER TYPE ${old(before)} RENAME TO ${identifier(`${before.name}__old`)};`,
      `CREATE TYPE ${old(after)} AS ENUM(${after.values.map(literal).join(', ')});`,
    ];
  });
  for (const change of changes.columns) {
    statements.push(...changeColumn(change));
    const column = snapshot.tables[change.tableKey]?.columns[change.after.name];
    if (column) replaceType(column, change.after);
  }
  statements.push(
    ...changes.enums.map(({ before }) => `DROP TYPE ${old({ ...before, name: `${before.name}__old` })};`),
  );
  return { snapshot, statements };
}

function changeColumn({ table, before, after }: ColumnChange): string[] {
  const schema = table.schema ? `${identifier(table.schema)}.` : '';
  const alter = `ALTER TABLE ${schema}${identifier(table.name)} ALTER COLUMN ${identifier(after.name)}`;
  const sequence = `${schema}${identifier(`${table.name}_${after.name}_seq`)}`;
  const [from, to] = [plain(before), plain(after)];
  const statements: string[] = [];
  if (before.default !== undefined || isSerial(before)) statements.push(`${alter} DROP DEFAULT;`);
  if (before.identity) statements.push(`${alter} DROP IDENTITY;`);
  if (isSerial(before) && !isSerial(after)) statements.push(`DROP SEQUENCE ${sequence};`);
  if (from !== to || before.typeSchema) {
    statements.push(`${alter} SET DATA TYPE ${to} USING ${cast(identifier(after.name), from, to)};`);
  }
  const [wasRequired, isNowRequired] = [isRequired(before), isRequired(after)];
  if (wasRequired !== isNowRequired) statements.push(`${alter} ${isNowRequired ? 'SET' : 'DROP'} NOT NULL;`);
  if (isSerial(after)) {
    const owner = `${schema}${identifier(table.name)}.${identifier(after.name)}`;
    if (isSerial(before)) statements.push(`ALTER SEQUENCE ${sequence} AS ${to};`);
    else statements.push(`CREATE SEQUENCE ${sequence} AS ${to} OWNED BY ${owner};`);
    statements.push(`${alter} SET DEFAULT nextval(${literal(sequence)});`);
  } else if (after.default !== undefined) statements.push(`${alter} SET DEFAULT ${after.default};`);
  return statements;
}

function replaceType(column: ColumnSnapshot, after: ColumnSnapshot): void {
  column.notNull = after.notNull;
  column.type = after.type;
  delete column.identity; // the last step gives it the new one
  delete column.typeSchema;
  if (after.typeSchema !== undefined) column.typeSchema = after.typeSchema;
  delete column.default;
  if (after.default !== undefined) column.default = after.default;
}

const serials: Record<string, string> = { smallserial: 'smallint', serial: 'integer', bigserial: 'bigint' };

const isSerial = ({ type }: ColumnSnapshot) => type in serials;

/** Identity and serial columns are NOT NULL, whatever the snapshot says of them. */
const isRequired = (column: ColumnSnapshot) => column.notNull || Boolean(column.identity) || isSerial(column);

const plain = (column: ColumnSnapshot) => serials[column.type] ?? sqlType(column);

const numeric = /^(smallint|integer|bigint|real|double precision|numeric)/;

/** A cast that keeps what can be kept; one that no value can go through fails when it meets a row, as it should. */
function cast(column: string, from: string, to: string): string {
  const isArray = (type: string) => type.endsWith(']');
  if (isArray(to) && !isArray(from))
    return `CASE WHEN ${column} IS NULL THEN NULL ELSE ARRAY[${column}]::text[]::${to} END`;
  if (isArray(to) && isArray(from)) return `${column}::text[]::${to}`;
  if (/^jsonb?$/.test(to) && !/^(text|varchar|char|jsonb?)/.test(from)) return `to_jsonb(${column})::${to}`;
  if (numeric.test(from) && numeric.test(to)) return `${column}::${to}`;
  if ([from, to].every((type) => /^(boolean|integer)$/.test(type))) return `${column}::${to}`;
  if ([from, to].every((type) => /^(timestamp|date|time)/.test(type))) return `${column}::${to}`;
  return to === 'text' ? `${column}::text` : `${column}::text::${to}`;
}
