import { is } from 'drizzle-orm';
import { PgArray, PgDate, PgJson, PgJsonb, PgTimestamp } from 'drizzle-orm/pg-core';
import { parse as parseArray } from 'postgres-array';
import { AppError } from '../errors.ts';
import { bytesFromText, bytesToText } from './bytes.ts';

/** A parameter on the wire: both transports send text, so that a value means the same on each. */
export type Param = string | null;

/** One result column: its name and type. */
export interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/**
 * A JavaScript value as Postgres text. Dates go as UTC, bytes as `\x…`, objects as JSON; arrays as JSON too, because
 * Drizzle has made a Postgres literal of every array that belongs to an array column before it comes here. Throws
 * `invalid_value` for what has no text: an invalid Date, and an object that is no JSON (a bigint or itself in it).
 */
export function encodeParam(value: unknown): Param {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value);
  if (value instanceof Uint8Array) return bytesToText(value);
  try {
    return value instanceof Date ? value.toISOString() : JSON.stringify(value);
  } catch (cause) {
    throw new AppError('invalid_value', 'A parameter is not a value that can be sent', { cause });
  }
}

type Parser = (text: string) => unknown;

const [BOOL, BYTEA, INT2, INT4, OID, JSON_, FLOAT4, FLOAT8, JSONB] = [16, 17, 21, 23, 26, 114, 700, 701, 3802];

/** Types whose JavaScript value is not their text. int8, numeric, dates and intervals stay text: Drizzle's columns read them. */
const parsers = new Map<number, Parser>([
  [BOOL, (text) => text === 't'],
  [BYTEA, bytesFromText],
  [INT2, Number],
  [INT4, Number],
  [OID, Number],
  [FLOAT4, Number],
  [FLOAT8, Number],
  [JSON_, JSON.parse],
  [JSONB, JSON.parse],
]);

/** Array type -> element type, from pg_type.typarray. An element type without a parser stays text. */
const elementTypes: Readonly<Record<number, number>> = {
  ...{
    1000: BOOL,
    1001: BYTEA,
    1005: INT2,
    1007: INT4,
    1028: OID,
    1021: FLOAT4,
    1022: FLOAT8,
    199: JSON_,
    3807: JSONB,
  },
  ...{ 1009: 25, 1014: 1042, 1015: 1043, 1016: 20, 1231: 1700, 2951: 2950, 1115: 1114, 1185: 1184, 1182: 1082 },
  ...{ 1183: 1083, 1270: 1266, 1187: 1186, 1041: 869, 651: 650, 1040: 829, 775: 774, 1017: 600, 1002: 18, 1561: 1560 },
};

/** How to read a type's text; undefined: it stays text. */
function parserOf(type: number): Parser | undefined {
  const element = elementTypes[type];
  if (element === undefined) return parsers.get(type);
  const parse = parserOf(element) ?? String;
  return (text) => parseArray(text, parse);
}

/** What Drizzle reads a value with: a column, or what an expression is mapped with. */
export interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

/** `choose`, which asks a column of tables that stay what it is: once for each of its types. */
function oncePerType(choose: (decoder: Decoder, type: number) => Parser): (decoder: Decoder, type: number) => Parser {
  const chosen = new WeakMap<Decoder, Map<number, Parser>>();
  return (decoder, type) => {
    const known = chosen.get(decoder);
    const found = known?.get(type);
    if (found !== undefined) return found;
    const choice = choose(decoder, type);
    if (known) known.set(type, choice);
    else chosen.set(decoder, new Map([[type, choice]]));
    return choice;
  };
}

/** Of what nobody reads on. */
export const NO_DECODER: Decoder = { mapFromDriverValue: (value) => value };

/** How to read a type's text as what Drizzle then reads on by the decoder. */
const parserOn = oncePerType((decoder: Decoder, type) => chooseParser(decoder, type) ?? String);

/** How to read a type's text as what the caller gets. */
export const readerOf = oncePerType((decoder: Decoder, type): Parser => {
  const parse = parserOn(decoder, type);
  return (text) => decoder.mapFromDriverValue(parse(text));
});

/** `parserOf` where a Drizzle column reads the result on: it gets what makes its own reading right. */
function chooseParser(decoder: unknown, type: number): Parser | undefined {
  if (is(decoder, PgArray)) {
    let element: unknown = decoder;
    while (is(element, PgArray)) element = element.baseColumn;
    const parse = chooseParser(element, elementTypes[type] ?? 0) ?? String;
    return (text) => skipNulls(parseArray(text, parse));
  }
  // They parse every string they are given: a JSON string that looks like JSON (`"123"`) would be parsed twice.
  if (is(decoder, PgJson) || is(decoder, PgJsonb)) return undefined;
  // They give the text to `new Date`, which takes the year 99 for 1999, and leaves out BC.
  if (is(decoder, PgTimestamp) || is(decoder, PgDate)) return parseInstant;
  return parserOf(type);
}

/** The rows of a result as JavaScript values, for Drizzle to read on by `decoders`: a column's own, or an expression's. */
export function decodeRows(
  fields: readonly Field[],
  rows: readonly (readonly Param[])[],
  decoders: readonly Decoder[],
): unknown[][] {
  const parse = fields.map(({ dataTypeID }, i) => parserOn(decoders[i] ?? NO_DECODER, dataTypeID));
  return rows.map((row) => row.map((text, i) => (text === null ? null : parse[i]?.(text))));
}

/** The rows of a raw query (`q.execute(sql…)`), which nothing reads on, as objects. */
export function decodeObjects(
  fields: readonly Field[],
  rows: readonly (readonly Param[])[],
): Record<string, unknown>[] {
  const columns = fields.map(({ name, dataTypeID }) => [name, parserOf(dataTypeID) ?? String] as const);
  return rows.map((row) =>
    Object.fromEntries(columns.map(([name, parse], i) => [name, row[i] == null ? null : parse(row[i])])),
  );
}

/** Drizzle's array columns read every element, a NULL too (bigint: 0, numeric: "null"). Their `map` is given none. */
function skipNulls(array: unknown[]): unknown[] {
  for (const element of array) if (Array.isArray(element)) skipNulls(element);
  if (!array.includes(null)) return array;
  const map = (read: (value: unknown) => unknown) =>
    Array.from(array, (value) => (value === null ? null : read(value)));
  return Object.defineProperty(array, 'map', { value: map, enumerable: false });
}

const INSTANT = /^(\d+)(-\d\d-\d\d)(?: ([\d:.]+)(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?( BC)?$/;

/** A date or timestamp of any year, UTC where it names no offset. `infinity` is an invalid Date: use a string column. */
function parseInstant(text: string): Date {
  // What a timestamptz of our days looks like, in UTC: lists are full of them.
  if (text[4] === '-' && text[10] === ' ' && text.endsWith('+00')) {
    return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
  }
  const [, digits, day, time = '00:00:00', sign, hours = 0, minutes = 0, seconds = 0, bc] = INSTANT.exec(text) ?? [];
  if (!digits) return new Date(Number.NaN);
  const year = bc ? 1 - Number(digits) : Number(digits); // 1 BC is the year 0 (ISO 8601)
  const iso = `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}${day}T${time}Z`;
  const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === '-' ? -1000 : 1000);
  return new Date(Date.parse(iso) - offset);
}
