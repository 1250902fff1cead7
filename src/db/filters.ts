import { type Column, is, SQL, sql } from 'drizzle-orm';
import { AppError, type FieldError } from '../errors.ts';
import { operatorsOf } from './filters/operators.ts';
import { encode } from './repository/encode.ts';
import { at, type Columns, type Entity, type EntityTable } from './repository/entity.ts';

/**
 * Which rows: conditions by column, all of which must hold. A bare value means `eq`, and `null` is NULL. Comparisons are
 * SQL's: a NULL is neither equal nor unequal to a value, so `not` and `ne` leave it out too. Under `and`, `or` and `not` a
 * condition can be SQL of one's own, its columns named without their table.
 */
export type Where<T extends EntityTable> = {
  readonly [K in keyof Columns<T>]?: Shorthand<Columns<T>[K]> | Operators<Columns<T>[K]>;
} & {
  readonly and?: readonly (Where<T> | SQL)[];
  readonly or?: readonly (Where<T> | SQL)[];
  readonly not?: Where<T> | SQL;
};

/** What can be asked of a column, by its type. */
export type Operators<C extends Column> = Nullness &
  (C['_']['columnType'] extends 'PgText' | 'PgVarchar' | 'PgChar'
    ? Equality<C['_']['data']> & Order<C['_']['data']> & Pattern
    : C['_']['columnType'] extends 'PgJsonb'
      ? { readonly eq?: unknown; readonly ne?: unknown; readonly contains?: unknown; readonly containedBy?: unknown }
      : C['_']['columnType'] extends 'PgJson'
        ? unknown
        : C['_']['dataType'] extends 'array'
          ? Containment<C['_']['data']>
          : C['_']['dataType'] extends 'boolean'
            ? Equality<C['_']['data']>
            : Equality<C['_']['data']> & Order<C['_']['data']>);

interface Nullness {
  readonly isNull?: boolean;
}

interface Equality<D> {
  readonly eq?: D | null;
  readonly ne?: D | null;
  /** None of an empty list. */
  readonly in?: readonly D[];
  readonly notIn?: readonly D[];
}

interface Order<D> {
  readonly gt?: D;
  readonly gte?: D;
  readonly lt?: D;
  readonly lte?: D;
  /** Both ends count. */
  readonly between?: readonly [from: D, to: D];
}

/** `like` takes a pattern; the others a text, in which `%` and `_` mean themselves. `i…`: without regard to case. */
interface Pattern {
  readonly like?: string;
  readonly ilike?: string;
  readonly startsWith?: string;
  readonly endsWith?: string;
  readonly contains?: string;
  readonly iStartsWith?: string;
  readonly iEndsWith?: string;
  readonly iContains?: string;
  /** Compares `lower(column)`, so an index on that serves it. */
  readonly iEq?: string;
}

interface Containment<D> {
  readonly eq?: D | null;
  readonly ne?: D | null;
  readonly contains?: D;
  readonly containedBy?: D;
  readonly overlaps?: D;
}

/** A bare value: not for JSON and other object-valued columns, whose values look like operators. */
type Shorthand<C extends Column> = C['_']['dataType'] extends 'json' ? null : C['_']['data'] | null;

/**
 * The filter as a condition on the table that goes by `alias`; `undefined` if it asks for nothing.
 * Throws `invalid_input` with every path that is wrong: an unknown field or operator, a value that is none of the column's.
 */
export function filterSql(entity: Entity, where: object | undefined, alias = entity.name): SQL | undefined {
  if (where === undefined) return undefined;
  const errors: FieldError[] = [];
  const condition = group(entity, where, alias, 'where', errors);
  if (errors.length) throw new AppError('invalid_input', 'The filter is not valid', { fields: errors });
  return condition;
}

function group(entity: Entity, where: unknown, alias: string, path: string, errors: FieldError[]): SQL | undefined {
  if (!isPlain(where)) {
    errors.push({ path, message: 'must be an object of conditions' });
    return undefined;
  }
  // Sorted, so that two ways to write one filter are one statement (and one binding of a cursor).
  const conditions = Object.keys(where)
    .sort()
    .map((key) => member(entity, key, where[key], alias, `${path}.${key}`, errors))
    .filter((condition) => condition !== undefined);
  return conditions.length ? sql`(${sql.join(conditions, sql` and `)})` : undefined;
}

function member(entity: Entity, key: string, value: unknown, alias: string, path: string, errors: FieldError[]) {
  const nested = (part: unknown, partPath: string) =>
    is(part, SQL) ? sql`(${part})` : (group(entity, part, alias, partPath, errors) ?? sql`true`);
  if (key === 'not') return sql`not ${nested(value, path)}`;
  if (key === 'and' || key === 'or') {
    if (!Array.isArray(value)) return reject(errors, path, 'must be a list of filters');
    const parts = value.map((part, i) => nested(part, `${path}.${i}`));
    if (parts.length === 0) return sql.raw(key === 'and' ? 'true' : 'false');
    return sql`(${sql.join(parts, sql.raw(` ${key} `))})`;
  }
  const column = Object.hasOwn(entity.columns, key) ? entity.columns[key] : undefined;
  if (!column) return reject(errors, path, 'is not a field that can be filtered');
  if (value === undefined) return reject(errors, path, 'is undefined: leave it out, or ask for null');
  const known = operatorsOf(column);
  const asked = isPlain(value) ? Object.entries(value) : [['eq', value] as const];
  if (asked.length === 0) return reject(errors, path, 'names no operator');
  const target = at(alias, column);
  const conditions = asked.map(([name, operand]) => {
    const here = isPlain(value) ? `${path}.${name}` : path;
    const operator = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!operator) return reject(errors, here, 'is not an operator of this field');
    if (operand === undefined) return reject(errors, here, 'is undefined: leave it out, or ask for null');
    try {
      return operator(target, operand, (item) => encode(column, item));
    } catch (error) {
      return reject(errors, here, error instanceof AppError ? error.message : 'is not a value of this field');
    }
  });
  return sql.join(
    conditions.filter((condition) => condition !== undefined),
    sql` and `,
  );
}

function reject(errors: FieldError[], path: string, message: string): undefined {
  errors.push({ path, message });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
