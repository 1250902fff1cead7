import type { ValidateFunction } from 'ajv';
import fc from 'fast-check';
import type { OperationObject } from '../support/openapi.ts';
import { oddTexts, oddValues, type Schema, valuesOf } from './arbitrary.ts';

/** One request of the fuzzing, and what is known of its answer. */
export interface Case {
  readonly caller: 'nobody' | 'user' | 'superuser';
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly type?: string;
  /** What is sent, if it is text; otherwise its JSON, or its form. */
  readonly body?: unknown;
  /** Whether fields of which the test knows a good value get that one: a password, the id of a thing that is there. */
  readonly helped: boolean;
  /** The only statuses there may be; any documented one if not given. */
  readonly statuses?: readonly number[];
  /** Every path that has to be listed as wrong, if the status is 422. */
  readonly wrong?: readonly string[];
}

interface Tools {
  readonly resolve: (schema: Schema) => Schema;
  readonly compile: (schema: Schema) => ValidateFunction;
}

const JSON_TYPE = 'application/json';

/** What the document lets a client send. */
export function validCases(operation: OperationObject, { resolve }: Tools): fc.Arbitrary<Case> {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  return fc.record({
    caller: fc.constantFrom('nobody', 'user', 'user', 'superuser'),
    params: part(operation, 'path', resolve),
    query: part(operation, 'query', resolve),
    headers: part(operation, 'header', resolve),
    helped: fc.constantFrom(true, true, false),
    ...(media && { type: fc.constant(type), body: valuesOf(media.schema, resolve) }),
  }) as fc.Arbitrary<Case>;
}

const HEADERS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'If-Match': fc.constantFrom('*', '*', '"v1"', '"v1", "v2"', 'W/"v1"', '"x"', 'v1', '', '"v99999999999"'),
  'If-None-Match': fc.constantFrom('*', '"v1"', 'W/"v1"', '"x", "v2"', ''),
  'Idempotency-Key': fc.oneof(
    fc.uuid().map((id) => `"${id}"`),
    fc.stringMatching(/^[ -~]{0,80}$/),
  ),
};

function part(operation: OperationObject, place: string, resolve: Tools['resolve']): fc.Arbitrary<object> {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
  const fields = parameters.map(({ name, schema }) => [name, HEADERS[name] ?? valuesOf(schema, resolve).map(String)]);
  const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<string>>, { requiredKeys });
}

/** What it does not: each breaks one part of the request, in one place or more. */
export function invalidCases(operation: OperationObject, tools: Tools): fc.Arbitrary<Case> | undefined {
  const base = validCases(operation, tools).map((one): Case => {
    const headers = one.headers['If-Match'] === undefined ? {} : { 'If-Match': '*' };
    return { ...one, caller: 'superuser', headers };
  });
  const kinds = [...wrongParameters(operation, tools), ...wrongBodies(operation, tools)];
  if (kinds.length === 0) return undefined;
  return fc.tuple(base, fc.oneof(...kinds)).map(([one, broken]) => ({ ...one, ...broken(one) }));
}

type Breaking = fc.Arbitrary<(one: Case) => Partial<Case>>;

function wrongParameters(operation: OperationObject, { compile }: Tools): Breaking[] {
  const parts = [
    ['path', 'params', 'param'],
    ['query', 'query', 'query'],
  ] as const;
  return parts.flatMap(([place, key, prefix]) => {
    const values = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === place)
      .flatMap(({ name, schema }) =>
        wrongValues(oddTexts, ofText(schema, compile)).map((wrong) => [name, wrong] as const),
      );
    if (values.length === 0) return [];
    const broken = someOf(values).map((fields) => (one: Case) => ({
      [key]: { ...one[key], ...fields },
      statuses: [422],
      wrong: Object.keys(fields).map((name) => `${prefix}.${name}`),
    }));
    return [broken];
  });
}

/** A parameter is text, whatever its schema is about. */
function ofText(schema: Schema, compile: Tools['compile']): (text: string) => boolean {
  const fits = compile(schema);
  return (text) => fits(schema.type === 'integer' && /^\d+$/.test(text) ? Number(text) : text);
}

/** Those of the odd values that do not fit; none where all do. */
function wrongValues<T>(odd: fc.Arbitrary<T>, fits: (value: T) => boolean): fc.Arbitrary<T | undefined>[] {
  const breakable = fc.sample(odd, { seed: 1, numRuns: 100 }).some((value) => !fits(value));
  return breakable ? [odd.filter((value) => !fits(value))] : [];
}

/** One field or more. */
const someOf = (fields: readonly (readonly [name: string, values: fc.Arbitrary<unknown>])[]) =>
  fc
    .record(Object.fromEntries(fields), { requiredKeys: [] as string[] })
    .filter((some) => Object.keys(some).length > 0);

function wrongBodies(operation: OperationObject, { resolve, compile }: Tools): Breaking[] {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (!media) return [];
  const { properties = {}, required = [], ...schema } = resolve(media.schema);
  const whole: Breaking[] = [
    fc.constantFrom('text/plain', 'multipart/form-data', '').map((other) => () => ({ type: other, statuses: [415] })),
    fc.constant(() => ({ body: JSON.stringify({ x: 'x'.repeat(66_000) }), statuses: [413] })),
  ];
  const odd = type === JSON_TYPE ? oddValues : oddTexts;
  const values = Object.entries(properties).flatMap(([name, field]) => {
    const absent = required.includes(name) ? [fc.constant(undefined)] : [];
    const wrong = [...wrongValues<unknown>(odd, compile(field)), ...absent];
    return wrong.length > 0 ? [[name, fc.oneof(...wrong)] as const] : [];
  });
  const fields = someOf(values).map((broken) => ({ body }: Case) => ({
    body: { ...(body as object), ...broken },
    helped: false,
    statuses: [422],
    wrong: Object.keys(broken).map((name) => `body.${name}`),
  }));
  if (type !== JSON_TYPE) return [...whole, fields];
  const malformed = fc.constantFrom('{', '{"a":}', 'undefined', '[1,]', "{'a':1}", '"\ud800', '').map((body) => () => ({
    body,
    statuses: [400],
  }));
  const noObject = fc.constantFrom('[]', '1', '"x"', 'null', 'true').map((body) => () => ({
    body,
    statuses: [422],
    wrong: ['body'],
  }));
  const extra = fc
    .constantFrom('id', 'isSuperuser', 'hashedPassword', 'constructor')
    .filter((name) => !(name in properties));
  const unknown = extra.map((name) => ({ body }: Case) => ({
    body: { ...(body as object), [name]: true },
    helped: false,
    statuses: [422],
    wrong: ['body'],
  }));
  const strict = 'additionalProperties' in schema && schema.additionalProperties === false;
  return [...whole, fields, fields, fields, malformed, noObject, ...(strict ? [unknown] : [])];
}
