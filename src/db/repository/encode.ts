import type { PgColumn } from 'drizzle-orm/pg-core';
import { AppError } from '../../errors.ts';
import { encodeParam, type Param } from '../values.ts';

/** A value as the text that Postgres gets for this column. Throws `invalid_input` if it is no value of the column's type. */
export function encode(column: PgColumn, value: unknown, path: string = column.name): Param {
  if (value === null) return null;
  try {
    return encodeParam(column.mapToDriverValue(value));
  } catch (cause) {
    const message = 'is not a value of this field';
    throw new AppError('invalid_input', message, { cause, fields: [{ path, message }] });
  }
}

/** Texts as one Postgres array literal: one parameter, however many there are. */
export function arrayLiteral(texts: readonly Param[]): string {
  const elements = texts.map((text) => (text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`));
  return `{${elements.join(',')}}`;
}
