import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OperationObject, ResponseObject } from '../support/openapi.ts';
import type { Schema } from './arbitrary.ts';

/** Checks against the schemas of a document; in an answer, nothing may be that is not described. */
export function checker(document: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(closed(document), 'doc');
  const compiled = new Map<object, ReturnType<typeof ajv.compile>>();
  const compile = (schema: object) => {
    const known = compiled.get(schema) ?? ajv.compile(absolute(closed(schema)));
    compiled.set(schema, known);
    return known;
  };
  const resolve = (schema: Schema): Schema => {
    if (schema.$ref === undefined) return schema;
    const keys = schema.$ref.split('/').slice(1);
    return resolve(keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document) as Schema);
  };
  return { compile, resolve };
}

export type Checker = ReturnType<typeof checker>;

/** The same, with every object closed that does not say whether it is. */
function closed<T>(node: T): T {
  return JSON.parse(JSON.stringify(node), (_, value) => {
    if (!value || typeof value !== 'object' || Array.isArray(value) || 'additionalProperties' in value) return value;
    if (Array.isArray(value.allOf)) return { ...value, unevaluatedProperties: false };
    return value.type === 'object' && value.properties ? { ...value, additionalProperties: false } : value;
  });
}

const absolute = (schema: object): object =>
  JSON.parse(JSON.stringify(schema), (key, value) => (key === '$ref' ? `doc${value}` : value));

/** Words of SQL, of a stack trace, of the driver, of a stored password. */
const LEAK =
  /\b(select|insert into|delete from|update) +"|\n +at |node_modules|\.[cm]?[jt]s:\d+|NeonDbError|\$2[aby]\$/i;

/** What is wrong with an answer; nothing, if it is as the document says. */
export function faultsOf(
  operation: OperationObject,
  response: ResponseObject | undefined,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
  { compile }: Checker,
): string[] {
  const { status, headers, text } = answer;
  if (status >= 500) return [`${status}: ${text}`];
  if (!response) return [`${status} is not documented, only ${Object.keys(operation.responses)}: ${text}`];
  const faults = Object.keys(response.headers ?? {})
    .filter((name) => name !== 'Set-Cookie' && !headers.has(name))
    .map((name) => `${status} without ${name}`);
  if (LEAK.test(text)) faults.push(`${status} lets something out: ${text}`);
  const type = headers.get('Content-Type')?.split(';')[0];
  const [documented, media] = Object.entries(response.content ?? {})[0] ?? [];
  if (!media) return text === '' ? faults : [...faults, `${status} has a body: ${text}`];
  if (type !== documented) return [...faults, `${status} is ${type}, not ${documented}`];
  const fits = compile(media.schema);
  if (fits(JSON.parse(text))) return faults;
  return [
    ...faults,
    ...(fits.errors ?? []).map((error) => `${status} ${error.instancePath} ${error.message}: ${text}`),
  ];
}
