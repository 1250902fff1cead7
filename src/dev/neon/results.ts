import type { FieldDef } from 'pg';
import { MAX_BODY_BYTES, responseTooLarge } from './limits.ts';
import type { RawResult } from './raw-query.ts';

/** A value's text as JSON text. */
export type ToJson = (text: string, type: number) => string;

/**
 * One result as JSON text, written by hand: json columns go in as they are, and columns of the same name are all kept.
 * `used` bytes of the response are already taken; throws ProxyError 507 when a row begins beyond the limit.
 */
export function resultToJson(result: RawResult, rowAsArray: boolean, toJson: ToJson, used: number): string {
  const fields = result.fields.map(fieldToJson).join(',');
  let length = used + Buffer.byteLength(fields);
  const rows = result.rows.map((row) => {
    if (length > MAX_BODY_BYTES) throw responseTooLarge();
    const text = rowToJson(row, result.fields, rowAsArray, toJson);
    length += Buffer.byteLength(text) + 1;
    return text;
  });
  const { command, rowCount } = parseTag(result.tag);
  const end = JSON.stringify({ command, rowCount, rowAsArray }).slice(1);
  return `{"fields":[${fields}],"rows":[${rows.join(',')}],${end}`;
}

function fieldToJson(field: FieldDef): string {
  const { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier } = field;
  return JSON.stringify({ name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier, format: 'text' });
}

function rowToJson(row: (string | null)[], fields: FieldDef[], rowAsArray: boolean, toJson: ToJson): string {
  const values = row.map((text, at) => (text === null ? 'null' : toJson(text, fields[at]?.dataTypeID ?? 0)));
  if (rowAsArray) return `[${values.join(',')}]`;
  return `{${values.map((value, at) => `${JSON.stringify(fields[at]?.name)}:${value}`).join(',')}}`;
}

/** The first word of a command tag and its count, which is the third word of INSERT and the second of others. */
function parseTag(tag: string): { command: string; rowCount: number | null } {
  const words = tag.split(' ');
  const count = words[words[0] === 'INSERT' ? 2 : 1] ?? '';
  return { command: words[0] ?? '', rowCount: /^\d+$/.test(count) ? Number(count) : null };
}
