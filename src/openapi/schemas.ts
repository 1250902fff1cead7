import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { AppError } from '../errors.ts';

/** A JSON Schema (draft 2020-12), which is what OpenAPI 3.1 takes. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

const src = resolve(import.meta.dirname, '..');

/** Formats that say all that zod's pattern for them says. */
const SPOKEN_FOR = new Set(['uuid', 'email', 'date-time', 'date', 'uri']);

const OPTIONS = {
  unrepresentable: 'any', // a transform's result; what goes into it is described
  override: ({ zodSchema, jsonSchema }) => plain(zodSchema, jsonSchema),
} satisfies z.core.ToJSONSchemaParams;

/** The schemas of an object's fields, as parameters are described one by one. */
export function fieldsOf(schema: z.core.$ZodType): [name: string, field: JsonSchema, required: boolean][] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema as z.ZodType, { ...OPTIONS, io: 'input' });
  return Object.entries(properties).map(([name, field]) => [name, field as JsonSchema, required.includes(name)]);
}

/** Makes JSON Schemas, and keeps those that have a name for `components.schemas`. */
export class Schemas {
  readonly components: Record<string, JsonSchema> = {};
  readonly #names = z.registry<{ id: string }>();

  /** What a feature's `schemas.ts` exports is shown by that name, `UserView` as `User`. */
  static async ofFeatures(): Promise<Schemas> {
    const schemas = new Schemas();
    for (const file of globSync('*/**/schemas.ts', { cwd: src }).sort()) {
      const exported: object = await import(pathToFileURL(join(src, file)).href);
      for (const [name, value] of Object.entries(exported)) {
        if (value instanceof z.core.$ZodType) schemas.#names.add(value, { id: name.replace(/View$/, '') });
      }
    }
    return schemas;
  }

  /** The schema of what a client sends, for `input`, or of what it gets; its parts that have a name are references. */
  of(schema: z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
    const { items, $defs = {} } = z.toJSONSchema(z.array(schema as z.ZodType), {
      ...OPTIONS,
      io,
      metadata: this.#names,
    });
    for (const [name, { id: _, ...component }] of Object.entries($defs)) this.#keep(name, toComponents(component));
    return toComponents(items as JsonSchema);
  }

  #keep(name: string, component: JsonSchema): void {
    const known = this.components[name];
    if (known && JSON.stringify(known) !== JSON.stringify(component)) {
      throw new AppError('misuse', `Two different schemas are called ${name} in the OpenAPI document`);
    }
    this.components[name] = component;
  }
}

/** Takes out what tells a reader nothing. */
function plain({ _zod }: z.core.$ZodTypes, schema: JsonSchema): void {
  if (schema.pattern !== undefined && SPOKEN_FOR.has(schema.format ?? '')) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  // An answer may get another field without being another version of the API.
  if (_zod.def.type === 'object' && _zod.def.catchall === undefined) delete schema.additionalProperties;
}

function toComponents(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' ? value.replace('#/$defs/', '#/components/schemas/') : value,
  );
}
