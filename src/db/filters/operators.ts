import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { AppError } from '../../errors.ts';
import { arrayLiteral } from '../repository/encode.ts';
import type { Param } from '../values.ts';

/** One operator: the condition on `target`. Throws if the operand is not one; `encode` writes a value of the column. */
type Operator = (target: SQL, operand: unknown, encode: (value: unknown) => Param) => SQL;
type Table = Readonly<Record<string, Operator>>;

const wrong = (message: string) => new AppError('invalid_input', message);

const isNull: Operator = (target, operand) => {
  if (typeof operand !== 'boolean') throw wrong('must be true or false');
  return operand ? sql`${target} is null` : sql`${target} is not null`;
};

const compare =
  (operator: string): Operator =>
  (target, operand, encode) => {
    if (operand === null) throw wrong('NULL cannot be compared: use isNull');
    return sql`${target} ${sql.raw(operator)} ${encode(operand)}`;
  };

const equality: Table = {
  eq: (target, operand, encode) => (operand === null ? sql`${target} is null` : compare('=')(target, operand, encode)),
  ne: (target, operand, encode) =>
    operand === null ? sql`${target} is not null` : compare('<>')(target, operand, encode),
};

const membership =
  (operator: string): Operator =>
  (target, operand, encode) => {
    if (!Array.isArray(operand)) throw wrong('must be a list');
    if (operand.some((item) => item === null || item === undefined)) throw wrong('must not hold null: use isNull');
    return sql`${target} ${sql.raw(operator)} (${arrayLiteral(operand.map(encode))})`;
  };

const lists: Table = { in: membership('= any'), notIn: membership('<> all') };

const order: Table = {
  gt: compare('>'),
  gte: compare('>='),
  lt: compare('<'),
  lte: compare('<='),
  between: (target, operand, encode) => {
    if (!Array.isArray(operand) || operand.length !== 2) throw wrong('must be a list of two');
    const [from, to] = operand;
    return sql`${compare('>=')(target, from, encode)} and ${compare('<=')(target, to, encode)}`;
  },
};

/** The text with LIKE's wildcards and its escape character (a backslash unless said otherwise) made plain. */
const literally = (text: string) => text.replace(/[\\%_]/g, '\\$&');

const pattern =
  (operator: string, shape: (text: string) => string): Operator =>
  (target, operand) => {
    if (typeof operand !== 'string') throw wrong('must be a text');
    return sql`${target} ${sql.raw(operator)} ${shape(operand)}`;
  };

const patterns: Table = {
  like: pattern('like', (text) => text),
  ilike: pattern('ilike', (text) => text),
  startsWith: pattern('like', (text) => `${literally(text)}%`),
  endsWith: pattern('like', (text) => `%${literally(text)}`),
  contains: pattern('like', (text) => `%${literally(text)}%`),
  iStartsWith: pattern('ilike', (text) => `${literally(text)}%`),
  iEndsWith: pattern('ilike', (text) => `%${literally(text)}`),
  iContains: pattern('ilike', (text) => `%${literally(text)}%`),
  iEq: (target, operand) => {
    if (typeof operand !== 'string') throw wrong('must be a text');
    return sql`lower(${target}) = lower(${operand})`;
  },
};

const containment: Table = { contains: compare('@>'), containedBy: compare('<@') };

const TEXT: Table = { isNull, ...equality, ...lists, ...order, ...patterns };
const ARRAY: Table = { isNull, ...equality, ...containment, overlaps: compare('&&') };
const JSONB: Table = { isNull, ...equality, ...containment };
const JSON_: Table = { isNull, eq: onlyNull };
const BOOLEAN: Table = { isNull, ...equality, ...lists };
const ORDERED: Table = { isNull, ...equality, ...lists, ...order };

/** The type json has no equality in Postgres; `null` as a bare value still means NULL. */
function onlyNull(target: SQL, operand: unknown): SQL {
  if (operand !== null) throw wrong('a json field has no equality: use jsonb');
  return sql`${target} is null`;
}

/** The operators of a column, by its type; the run-time side of `Operators`. */
export function operatorsOf(column: PgColumn): Table {
  switch (column.columnType) {
    case 'PgText':
    case 'PgVarchar':
    case 'PgChar':
      return TEXT;
    case 'PgJsonb':
      return JSONB;
    case 'PgJson':
      return JSON_;
    case 'PgArray':
      return ARRAY;
    case 'PgBoolean':
      return BOOLEAN;
    default:
      return ORDERED;
  }
}
