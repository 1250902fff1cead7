import type { PgColumn } from 'drizzle-orm/pg-core';
import * as z from 'zod/mini';
import { AppError } from '../errors.ts';
import { operandSchema } from './filters/operand.ts';
import { operatorsOf } from './filters/operators.ts';
import type { Operators, Where } from './filters.ts';
import type { OrderBy } from './pagination/order.ts';
import { columnOf } from './repository/assign.ts';
import { type Columns, type EntityTable, entityOf, type Id, type Key } from './repository/entity.ts';

/** What a client may filter and sort by: nothing that is not listed. */
export interface Allowed<T extends EntityTable> {
  readonly filter?: {
    readonly [K in Key<T> & keyof Columns<T>]?: readonly (keyof Operators<Columns<T>[K]> & string)[];
  };
  readonly sort?: readonly Key<T>[];
  /** The most values in a list; 100 if not given. */
  readonly maxList?: number;
}

/** A list as a client asked for it, ready for a repository. */
export interface ListQuery<T extends EntityTable> {
  readonly where: Where<T>;
  readonly orderBy: OrderBy<T>;
}

/** The parameters of an allow-list as a client spells them: `filter[title][iContains]`, `sort`. */
export type ListParameters<A> = {
  readonly [P in A extends { filter: infer F } ? FilterNames<F> : never]?: string | undefined;
} & (A extends { sort: readonly unknown[] } ? { readonly sort?: string | undefined } : unknown);
type FilterNames<F> = {
  [K in keyof F & string]: F[K] extends readonly (infer O extends string)[]
    ? O extends 'eq'
      ? `filter[${K}]`
      : `filter[${K}][${O}]`
    : never;
}[keyof F & string];

/**
 * The schema of a list's query string, from an allow-list: `filter[username]=ada` (`eq`), `filter[createdAt][gte]=…`,
 * `filter[kind][in]=a,b`, `sort=-createdAt,username`, and the fields of `more`. Values are read by their column's type.
 * A parameter that is not allowed is an error at its own path, as every wrong value is.
 *
 * For OpenAPI: `z.toJSONSchema(schema, { io: 'input' })` is an object with one property for each parameter.
 */
export function listQuery<
  T extends EntityTable,
  const A extends Allowed<T>,
  M extends z.core.$ZodShape = Record<never, never>,
>(table: T, allowed: A, more?: M) {
  const filters = filtersOf(table, allowed);
  // Put together for the first request that needs it: there are many schemas in a list, and many lists in a service.
  const schema = z.lazy(() => {
    const query = z.catchall(
      z.object({ ...fieldsOf(filters, allowed), ...more }),
      z.unknown().check(z.refine(() => false, 'is not a known parameter')),
    );
    return z.pipe(
      query,
      z.transform((values) => toList<T, z.output<z.ZodMiniObject<M>>>(values)),
    );
  });
  return asListSchema<ListQuery<T> & z.output<z.ZodMiniObject<M>>, ListParameters<A> & z.input<z.ZodMiniObject<M>>>(
    schema,
  );
}

/** `fieldsOf` names the parameters at run time as `ListParameters` does for the compiler. */
const asListSchema = <Output, Input>(schema: z.ZodMiniType<Output>) => schema as z.ZodMiniType<Output, Input>;

/** The id of a row in a path, read by its column's type. */
export const idField = <T extends EntityTable>({ id }: T) => asIdField<T>(operandSchema(id, 'eq', 1));

/** `operandSchema` reads a text as a value of the column. */
const asIdField = <T extends EntityTable>(field: z.ZodMiniType<unknown, string>) =>
  field as z.ZodMiniType<Id<T>, string>;

interface Filter {
  readonly key: string;
  readonly column: PgColumn;
  readonly operator: string;
}

/** The allow-list's filters. Throws `misuse` for a field that is not there, or that the operator is not for. */
function filtersOf<T extends EntityTable>(table: T, { filter = {} }: Allowed<T>): Filter[] {
  const entity = entityOf(table);
  return Object.entries<readonly string[] | undefined>(filter).flatMap(([key, operators = []]) => {
    const column = columnOf(entity, key);
    return operators.map((operator) => {
      const known = Object.hasOwn(operatorsOf(column), operator) && column.dataType !== 'json';
      if (!known) throw new AppError('misuse', `${key} cannot be filtered by ${operator} in a query string`);
      return { key, column, operator };
    });
  });
}

/** One parameter per filter, and `sort`. */
function fieldsOf<T extends EntityTable>(filters: readonly Filter[], { sort = [], maxList = 100 }: Allowed<T>) {
  const fields: Record<string, z.ZodMiniType> = Object.fromEntries(
    filters.map(({ key, column, operator }) => [
      parameter(key, operator),
      z.optional(operandSchema(column, operator, maxList)),
    ]),
  );
  return { ...fields, ...(sort.length && { sort: z.optional(sortSchema(sort)) }) };
}

/** The parameters of a page by number. */
export const offsetFields = (maxLimit: number, limit = maxLimit) => ({
  offset: z._default(wholeNumber(0, Number.MAX_SAFE_INTEGER), 0),
  limit: z._default(wholeNumber(1, maxLimit), limit),
});

/** The parameters of a page by position. */
export const keysetFields = (maxLimit: number, limit = maxLimit) => ({
  cursor: z.optional(z.string().check(z.maxLength(2048))),
  limit: z._default(wholeNumber(1, maxLimit), limit),
});

/** A number from `least` (at least 0) to `most` in a query string; OpenAPI shows it as an integer. */
export const wholeNumber = (least: number, most: number) => {
  const digits = z.string().check(z.refine((text) => /^\d{1,16}$/.test(text), 'must be a whole number'));
  const number = z
    .number()
    .check(z.refine((value) => value >= least && value <= most, `must be from ${least} to ${most}`));
  return z
    .pipe(z.pipe(digits, z.transform(Number)), number)
    .register(z.globalRegistry, { type: 'integer', minimum: least, maximum: most });
};

const parameter = (key: string, operator: string): string =>
  operator === 'eq' ? `filter[${key}]` : `filter[${key}][${operator}]`;

const PARAMETER = /^filter\[(\w+)\](?:\[(\w+)\])?$/;

function sortSchema(sortable: readonly string[]) {
  const read = z.transform((list: string, context) => {
    const terms = list.split(',');
    const seen = new Set<string>();
    for (const term of terms) {
      const key = term.replace(/^-/, '');
      const wrong = !sortable.includes(key)
        ? `cannot sort by "${key}", only by ${sortable.join(', ')}`
        : seen.has(key) && `sorts by "${key}" twice`;
      if (wrong) context.issues.push({ code: 'custom', message: wrong, input: list });
      seen.add(key);
    }
    return terms;
  });
  const term = `-?(${sortable.join('|')})`;
  return z
    .pipe(z.string('must be one list, parted by commas'), read)
    .register(z.globalRegistry, { pattern: `^${term}(,${term}){0,${sortable.length - 1}}$` });
}

/** The parsed parameters as a list. */
function toList<T extends EntityTable, More>(query: Record<string, unknown>): ListQuery<T> & More {
  const where: Record<string, Record<string, unknown>> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    const [, key, operator = 'eq'] = PARAMETER.exec(name) ?? [];
    if (key === undefined) rest[name] = value;
    else if (value !== undefined) where[key] = { ...where[key], [operator]: value };
  }
  const { sort = [], ...more } = rest;
  return asList<ListQuery<T> & More>({ ...more, where, orderBy: sort });
}

/** A list that `toList` made: every name and value in it comes from the schema's allow-list, read by its column. */
const asList = <L>(list: object) => list as L;
