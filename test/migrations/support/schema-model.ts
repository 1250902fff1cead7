import { sql } from 'drizzle-orm';
import * as pg from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { snapshotOf as drizzleSnapshot } from '../../../src/migrations/engine/drizzle-kit.ts';
import type { Snapshot } from '../../../src/migrations/files/snapshot-types.ts';

/** A schema as plain data: small enough that two random ones have much in common. */
export interface SchemaModel {
  readonly enums: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly tables: readonly TableModel[];
}

interface TableModel {
  readonly name: string;
  readonly columns: readonly ColumnModel[];
  readonly indexes: readonly {
    readonly name: string;
    readonly column: number;
    readonly unique: boolean;
    readonly where: boolean;
  }[];
  readonly unique: boolean;
  readonly check: boolean;
  readonly refersTo: string | undefined;
  /** A view of its key and first column. */
  readonly view: boolean;
}

interface ColumnModel {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

const types = [
  'text',
  'varchar',
  'integer',
  'bigint',
  'boolean',
  'numeric',
  'jsonb',
  'uuid',
  'timestamp',
  'date',
  'array',
  'serial',
  'identity',
  'enum0',
  'enum1',
  'enums0',
];

const column: fc.Arbitrary<ColumnModel> = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  type: fc.constantFrom(...types),
  notNull: fc.boolean(),
  hasDefault: fc.boolean(),
});

const table = (name: string): fc.Arbitrary<TableModel> =>
  fc.record({
    name: fc.constant(name),
    columns: fc.uniqueArray(column, { selector: ({ name }) => name, minLength: 1, maxLength: 5 }),
    indexes: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(`${name}_i`, `${name}_j`),
        column: fc.nat(4),
        unique: fc.boolean(),
        where: fc.boolean(),
      }),
      { selector: ({ name }) => name, maxLength: 2 },
    ),
    unique: fc.boolean(),
    check: fc.boolean(),
    refersTo: fc.constantFrom('t0', 't1', undefined),
    view: fc.boolean(),
  });

export const schemaModel: fc.Arbitrary<SchemaModel> = fc.record({
  enums: fc.tuple(
    ...['enum0', 'enum1'].map((name) =>
      fc.record({ name: fc.constant(name), values: fc.shuffledSubarray(['w', 'x', 'y', 'z'], { minLength: 1 }) }),
    ),
  ),
  tables: fc.subarray(['t0', 't1', 't2']).chain((names) => fc.tuple(...names.map(table))),
});

/** What drizzle-kit makes of the same tables written in TypeScript. */
export function snapshotOf({ enums, tables }: SchemaModel): Promise<Snapshot> {
  // An enum's first label is its default, so a default is always one of the values.
  const madeEnums = Object.fromEntries(
    enums.map(({ name, values }) => [name, pg.pgEnum(name, values as [string, ...string[]])]),
  );
  const made: Record<string, ReturnType<typeof makeTable>> = {};
  for (const model of tables) made[model.name] = makeTable(model, madeEnums, made, tables);
  const views = tables
    .filter(({ view }) => view)
    .map((model) => {
      const first = model.columns[0]?.name ?? 'id';
      const columns = { id: pg.integer('id'), first: pg.text(first) };
      return [
        model.name,
        pg.pgView(`${model.name}_view`, columns).as(sql.raw(`select "id", "${first}" from "${model.name}"`)),
      ];
    });
  return drizzleSnapshot({
    ...madeEnums,
    ...made,
    ...Object.fromEntries(views.map(([name, view]) => [`${name}_view`, view])),
  });
}

type Enums = Record<string, pg.PgEnum<[string, ...string[]]>>;

function makeTable(
  model: TableModel,
  enums: Enums,
  made: Record<string, pg.PgTableWithColumns<never> | unknown>,
  all: readonly TableModel[],
) {
  const columns = Object.fromEntries(model.columns.map((each) => [each.name, makeColumn(each, enums)]));
  const target = all.some(({ name }) => name === model.refersTo) ? model.refersTo : undefined;
  return pg.pgTable(
    model.name,
    {
      id: pg.integer('id').primaryKey(),
      ...columns,
      ...(target
        ? { parent: pg.integer('parent').references((): pg.AnyPgColumn => (made[target] as { id: pg.AnyPgColumn }).id) }
        : {}),
    },
    (t) => {
      const at = (n: number) =>
        (t as unknown as Record<string, pg.ExtraConfigColumn>)[
          model.columns[n % model.columns.length]?.name ?? 'id'
        ] as pg.ExtraConfigColumn;
      return [
        ...model.indexes.map(({ name, column, unique, where }) => {
          const index = (unique ? pg.uniqueIndex(name) : pg.index(name)).on(
            indexable(model, column) ? at(column) : (t.id as never),
          );
          return where ? index.where(sql`id > 5`) : index;
        }),
        ...(model.unique
          ? [pg.unique(`${model.name}_u`).on(t.id as never, indexable(model, 0) ? (at(0) as never) : (t.id as never))]
          : []),
        ...(model.check ? [pg.check(`${model.name}_check`, sql`${t.id} > 0`)] : []),
      ];
    },
  );
}

/** jsonb has an operator class for btree, too; every type here can be indexed. */
function indexable(model: TableModel, n: number): boolean {
  return model.columns.length > 0 && n >= 0;
}

function makeColumn({ name, type, notNull, hasDefault }: ColumnModel, enums: Enums) {
  const [builder, value] = build(name, type, enums);
  // Builders of all types have these two; drizzle's common base type just does not say so.
  const chain = builder as unknown as { default(value: unknown): typeof chain; notNull(): typeof chain };
  const withDefault = hasDefault && value !== undefined ? chain.default(value) : chain;
  return (notNull ? withDefault.notNull() : withDefault) as unknown as pg.PgColumnBuilderBase;
}

function build(name: string, type: string, enums: Enums): [pg.PgColumnBuilderBase, unknown] {
  switch (type) {
    case 'text':
      return [pg.text(name), "it's"];
    case 'varchar':
      return [pg.varchar(name, { length: 20 }), 'v'];
    case 'integer':
      return [pg.integer(name), 7];
    case 'bigint':
      return [pg.bigint(name, { mode: 'number' }), 8];
    case 'boolean':
      return [pg.boolean(name), true];
    case 'numeric':
      return [pg.numeric(name, { precision: 10, scale: 2 }), '1.50'];
    case 'jsonb':
      return [pg.jsonb(name), { a: 1 }];
    case 'uuid':
      return [pg.uuid(name), sql`gen_random_uuid()`];
    case 'timestamp':
      return [pg.timestamp(name, { withTimezone: true, precision: 3 }), sql`now()`];
    case 'date':
      return [pg.date(name), '2026-01-01'];
    case 'array':
      return [pg.text(name).array(), ['p', 'q']];
    case 'serial':
      return [pg.serial(name), undefined];
    case 'identity':
      return [pg.integer(name).generatedAlwaysAsIdentity(), undefined];
    case 'enums0':
      return [(enums.enum0 as NonNullable<typeof enums.enum0>)(name).array(), [enums.enum0?.enumValues[0]]];
    default: {
      const found = enums[type];
      if (!found) throw new Error(`no enum ${type}`);
      return [found(name), found.enumValues[0]];
    }
  }
}
