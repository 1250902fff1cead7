import { is } from 'drizzle-orm';
import { PgArray, type PgColumn } from 'drizzle-orm/pg-core';
import * as z from 'zod';

type Operand = z.ZodType<unknown, string>;

const MAX_TEXT = 200;

/** The operand of an operator as a query string spells it; lists are parted by commas. */
export function operandSchema(column: PgColumn, operator: string, maxList: number): Operand {
  if (operator === 'isNull') return flag;
  if (is(column, PgArray)) return listOf(valueSchema(elementOf(column)), 0, maxList);
  if (operator === 'in' || operator === 'notIn') return listOf(valueSchema(column), 1, maxList);
  if (operator === 'between') return listOf(valueSchema(column), 2, 2);
  return valueSchema(column);
}

const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be a date, or a date and time with an offset')
  .transform((text) => new Date(text));

const text = z
  .string('must be one value')
  .max(MAX_TEXT, `must be at most ${MAX_TEXT} characters long`)
  .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed Unicode without NUL');

const decimal = z.string().regex(/^-?\d{1,40}(\.\d{1,40})?$/, 'must be a number');

/** The least and greatest value of each integer type (PostgreSQL manual, 8.1.1). */
const int = (bits: bigint) =>
  z
    .string('must be one value')
    .regex(/^-?\d{1,19}$/, 'must be a whole number')
    .transform(BigInt)
    .refine((value) => BigInt.asIntN(Number(bits), value) === value, 'is out of range');

/** A value of the column, by its type. */
function valueSchema(column: PgColumn): Operand {
  const { columnType, dataType, enumValues } = column;
  if (enumValues?.length) return z.enum(enumValues, `must be one of ${enumValues.join(', ')}`);
  switch (columnType) {
    case 'PgUUID':
      return z.uuid('must be a UUID');
    case 'PgSmallInt':
    case 'PgSmallSerial':
      return int(16n).transform(Number);
    case 'PgInteger':
    case 'PgSerial':
      return int(32n).transform(Number);
    case 'PgNumeric':
      return decimal;
    case 'PgDateString':
      return z.iso.date('must be a date');
    case 'PgTimestampString':
      return z.iso.datetime({ offset: true, local: true, message: 'must be a date and time' });
    case 'PgTime':
      return z.iso.time('must be a time');
  }
  if (dataType === 'boolean') return flag;
  if (dataType === 'date') return instant;
  if (dataType === 'bigint') return int(64n);
  if (dataType === 'number') return columnType.startsWith('PgBig') ? safeInt : decimal.transform(Number);
  return text;
}

const safeInt = int(64n).transform(Number).refine(Number.isSafeInteger, 'is out of range');

const listOf = (value: Operand, min: number, max: number) =>
  z
    .string('must be one list, parted by commas')
    .transform((list) => (list === '' ? [] : list.split(',')))
    .pipe(z.array(value).min(min, `must hold at least ${min}`).max(max, `must hold at most ${max}`));

/** Drizzle leaves the element out of a column's general type. */
function elementOf(column: PgColumn & { readonly baseColumn?: unknown }): PgColumn {
  return column.baseColumn as PgColumn; // of a PgArray, which the caller has seen
}
