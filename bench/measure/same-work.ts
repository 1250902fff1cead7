import { ACCOUNTS } from '../setup/database.ts';
import type { ScenarioName } from './scenarios.ts';

/** Kura's pages have a cursor back, too: more work than was asked for. */
const NOT_ASKED_FOR = '.previous';

/**
 * Throws, with what differs, unless an answer has the same fields as the limit's and as many of each. Values are not
 * compared: ids, times, tokens and cursors are each peer's own, and the reference's list has no order.
 */
export function assertSameWork(scenario: ScenarioName, answer: string, limit = answer): void {
  const parsed = JSON.parse(answer) as { readonly total?: unknown };
  if (scenario === 'list' && parsed.total !== ACCOUNTS)
    throw new Error(`the total is ${parsed.total}, not ${ACCOUNTS}`);
  const [has, wanted] = [fieldsOf(parsed), fieldsOf(JSON.parse(limit))];
  const differences = [...new Set([...wanted.keys(), ...has.keys()])]
    .filter((field) => field !== NOT_ASKED_FOR && has.get(field) !== wanted.get(field))
    .map((field) => `${field} ${has.get(field) ?? 0} times, not ${wanted.get(field) ?? 0}`);
  if (differences.length) throw new Error(`it does not answer what the limit does: ${differences.join(', ')}`);
}

/** How often each field is there, by its path; `fullName` and `full_name` are one. */
function fieldsOf(value: unknown, path = '', fields = new Map<string, number>()): Map<string, number> {
  if (Array.isArray(value)) {
    for (const item of value) fieldsOf(item, `${path}[]`, fields);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const field = `${path}.${name.replaceAll('_', '').toLowerCase()}`;
      fields.set(field, (fields.get(field) ?? 0) + 1);
      fieldsOf(inner, field, fields);
    }
  }
  return fields;
}
