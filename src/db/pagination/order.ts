import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { AppError, type FieldError } from '../../errors.ts';
import { at, type Entity, type EntityTable, type Key } from '../repository/entity.ts';

/** `'name'` ascends, `'-name'` descends; the object form also places NULLs, which otherwise count as greater than any value. */
export type OrderTerm<T extends EntityTable> =
  | Key<T>
  | `-${Key<T>}`
  | { readonly column: Key<T>; readonly direction?: 'asc' | 'desc'; readonly nulls?: 'first' | 'last' };

/** Most significant first. The id is appended where it is missing, so that the order is total. */
export type OrderBy<T extends EntityTable> = readonly OrderTerm<T>[];

/** One column of a total order. */
export interface Term {
  readonly key: string;
  readonly column: PgColumn;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** The order as terms, ending with the id. Throws `invalid_input` for a column that is unknown, twice there, or has no order. */
export function termsOf(entity: Entity, orderBy: OrderBy<EntityTable> = []): Term[] {
  const errors: FieldError[] = [];
  const terms: Term[] = [];
  orderBy.forEach((given, i) => {
    const { column: key, direction, nulls } = typeof given === 'string' ? signed(given) : given;
    const column = Object.hasOwn(entity.columns, key) ? entity.columns[key] : undefined;
    const path = `orderBy.${i}`;
    if (!column) errors.push({ path, message: 'is not a field that rows can be ordered by' });
    else if (column.columnType === 'PgJson') errors.push({ path, message: 'has no order' });
    else if (terms.some((term) => term.key === key)) errors.push({ path, message: 'is there twice' });
    else {
      const descending = direction === 'desc';
      terms.push({ key, column, descending, nullsFirst: nulls ? nulls === 'first' : descending });
    }
  });
  if (errors.length) throw new AppError('invalid_input', 'The order is not valid', { fields: errors });
  if (!terms.some(({ column }) => column === entity.id)) {
    const descending = terms.at(-1)?.descending ?? false; // follows the last term, so one index serves both directions
    terms.push({ key: 'id', column: entity.id, descending, nullsFirst: descending });
  }
  return terms;
}

function signed(term: string) {
  return term.startsWith('-')
    ? ({ column: term.slice(1), direction: 'desc', nulls: undefined } as const)
    : ({ column: term, direction: 'asc', nulls: undefined } as const);
}

/** The same order, read from its end. */
export const reversed = (terms: readonly Term[]): Term[] =>
  terms.map((term) => ({ ...term, descending: !term.descending, nullsFirst: !term.nullsFirst }));

/** The terms as the body of an ORDER BY. */
export function orderSql(terms: readonly Term[], alias: string): SQL {
  const parts = terms.map(({ column, descending, nullsFirst }) => {
    const direction = descending ? ' desc' : '';
    const nulls = nullsFirst === descending ? '' : nullsFirst ? ' nulls first' : ' nulls last';
    return sql`${at(alias, column)}${sql.raw(direction + nulls)}`;
  });
  return sql.join(parts, sql`, `);
}
