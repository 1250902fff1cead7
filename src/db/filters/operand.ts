import { is } from 'drizzle-orm';
import { PgArray, type PgColumn } from 'drizzle-orm/pg-core';
import * as z from 'zod/mini';

type Operand = z.ZodMiniType<unknown, string>;

const MAX_TEXT = 200;

/** The operand of an operator as a query string spells it; lists are parted by commas. */
export function operandSchema(column: PgColumn, operator: string, maxList: number): Operand {
  if (operator === 'isNull') return flag;
  if (is(column, PgArray)) return listOf(valueSchema(elementOf(column)), 0, maxList);
  if (operator === 'in' || operator === 'notIn') return listOf(valueSchema(column), 1, maxList);
  if (operator === 'between') return listOf(valueSchema(column), 2, 2);
  return valueSchema(column);
}

/** `true` or `false` in a query string. */
export const flag = z.pipe(
  z.enum(['true', 'false'], 'must be true or false'),
  z.transform((text) => text === 'true'),
);

const instant = z.pipe(
  z.union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be a date, or a date and time with an offset'),
  z.transform((text) => new Date(text)),
);

const text = z.string('must be one value').check(
  z.maxLength(MAX_TEXT, `must be at most ${MAX_TEXT} characters long`),
  z.refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed Unicode without NUL'),
);

const decimal = z.string().check(z.regex(/^-?\d{1,40}(\.\d{1,40})?$/, 'must be a number'));

/** The least and greatest value of each integer type (PostgreSQL manual, 8.1.1). */
const int = (bits: number) =>
  z
    .pipe(
      z.string('must be one value').check(z.refine((text) => /^-?\d{1,19}$/.test(text), 'must be a whole number')),
      z.pipe(
        z.transform((text: string) => BigInt(text)),
        z.bigint().check(z.refine((value) => BigInt.asIntN(bits, value) === value, 'is out of range')),
      ),
    )
    .register(z.globalRegistry, {
      type: 'integer',
      ...(bits < 64 && { minimum: -(2 ** (bits - 1)), maximum: 2 ** (bits - 1) - 1 }),
    });

const number = (schema: Operand) => z.pipe(schema, z.transform(Number));

/** A value of the column, by its type. */
function valueSchema(column: PgColumn): Operand {
  const { columnType, dataType, enumValues } = column;
  if (enumValues?.length) return z.enum(enumValues, `must be one of ${enumValues.join(', ')}`);
  switch (columnType) {
    case 'PgUUID':
      return z.uuid('must be a UUID');
    case 'PgSmallInt':
    case 'PgSmallSerial':
      return number(int(16));
    case 'PgInteger':
    case 'PgSerial':
      return number(int(32));
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
  if (dataType === 'bigint') return int(64);
  if (dataType === 'number') return columnType.startsWith('PgBig') ? safeInt : number(decimal);
  return text;
}

const safeInt = z.pipe(number(int(64)), z.number().check(z.refine(Number.isSafeInteger, 'is out of range')));

const listOf = (value: Operand, min: number, max: number) =>
  z.pipe(
    z.pipe(
      z.string('must be one list, parted by commas'),
      z.transform((list) => (list === '' ? [] : list.split(','))),
    ),
    z.array(value).check(z.minLength(min, `must hold at least ${min}`), z.maxLength(max, `must hold at most ${max}`)),
  );

/** Drizzle leaves the element out of a column's general type. */
function elementOf(column: PgColumn & { readonly baseColumn?: unknown }): PgColumn {
  return column.baseColumn as PgColumn; // of a PgArray, which the caller has seen
}
