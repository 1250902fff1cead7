import fc from 'fast-check';

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Values that a schema allows; `resolve` follows references. */
export function valuesOf(given: Schema, resolve: (schema: Schema) => Schema): fc.Arbitrary<unknown> {
  const schema = resolve(given);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => valuesOf(each, resolve)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valuesOf({ ...schema, type }, resolve)));
  switch (schema.type) {
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 2 ** 31 - 1 });
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}, resolve), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case 'object':
      return records(schema, resolve);
    default:
      return fc.jsonValue();
  }
}

function records(schema: Schema, resolve: (schema: Schema) => Schema): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, valuesOf(field, resolve)]);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [...(schema.required ?? [])],
  });
}

/** Any Unicode, where the schema does not say otherwise. */
function texts({ format, pattern, minLength = 0, maxLength = 300 }: Schema): fc.Arbitrary<string> {
  const fits = (text: string) => [...text].length >= minLength && text.length <= maxLength;
  switch (format) {
    case 'uuid':
      return fc.uuid();
    case 'email':
      return fc.stringMatching(/^[a-z0-9]{8,16}@[a-z]{2,8}\.(com|org)$/);
    case 'date-time':
      return dates.map((date) => date.toISOString());
    case 'date':
      return dates.map((date) => date.toISOString().slice(0, 10));
    case 'uri':
      return fc.webUrl();
  }
  // fast-check knows no \p{…}: some letters and digits stand for all.
  if (pattern) {
    const spelled = pattern.replaceAll('\\p{L}', 'a-zé漢').replaceAll('\\p{N}', '0-9');
    return fc.stringMatching(new RegExp(spelled, 'u'), { size: 'medium' }).filter(fits);
  }
  const plain = fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) });
  const any = fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, minLength + 40) });
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: any }).filter(fits);
}

const dates = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

/** Values that are often wrong, in JSON. */
export const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', ' ', 'x', '\0', 'a\ud800', [], {}, ['x'], { $ne: null }),
  fc.constantFrom('x'.repeat(3000), "'; drop table users; --", '../../etc/passwd', '1970-13-45', '\u202e'),
  fc.jsonValue(),
);

/** Values that are often wrong, where everything is text; none that would be another path. */
export const oddTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'x',
    'null',
    '-1',
    '1e9',
    '0x1',
    '99999999999999999999',
    'true ',
    '[]',
    '{}',
    '%00',
    '\0',
    "' or 1=1--",
  ),
  fc.constantFrom('x'.repeat(3000), '2026-02-31', '2026-02-31T00:00:00Z', '00000000-0000-0000-0000'),
  fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/^\.{1,2}$/.test(text)),
);
