import { arrayToJson } from './array-text.ts';

const BOOL = 16;
const NUMBERS = new Set([21, 23, 700, 701]);
const JSONS = new Set([114, 3802]);
const NOT_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);

/** Array type OID -> OID of its elements. */
export type ElementTypes = ReadonlyMap<number, number>;

/**
 * A value's Postgres text as JSON text, as Neon does without raw text output: bool, int2, int4, finite floats, json and
 * arrays of any of them become JSON; everything else stays a string, so that no digit is lost.
 */
export function valueToJson(text: string, type: number, elements: ElementTypes): string {
  const element = elements.get(type);
  if (element !== undefined) return arrayToJson(text, (item) => valueToJson(item, element, elements));
  if (type === BOOL) return String(text === 't');
  // Postgres writes numbers in JSON's own grammar.
  if (JSONS.has(type) || (NUMBERS.has(type) && !NOT_FINITE.has(text))) return text;
  return JSON.stringify(text);
}
