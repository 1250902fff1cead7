import type { Column, SQL } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import type { Transaction } from './database.ts';
import type { Where } from './filters.ts';
import { incrementSql, patchSql } from './repository/assign.ts';
import { type Change, type Conditions, changeMany, changeOne, type Expecting } from './repository/change.ts';
import { alive, deleteOne, deletion, restoration } from './repository/delete.ts';
import type { Columns, Entity, EntityTable, Id, Key, NewRow, Patch, Row } from './repository/entity.ts';
import { insertRows, type Stored } from './repository/insert.ts';
import { Reader, type RepositoryOptions } from './repository/reader.ts';
import type { Statement } from './statement.ts';

/** The fields that hold numbers, and what may be added to each. */
export type Amounts<T extends EntityTable> = {
  readonly [K in keyof Patch<T> & keyof Columns<T> as IsNumber<Columns<T>[K]> extends true ? K : never]?:
    | NonNullable<Patch<T>[K]>
    | undefined;
};
type IsNumber<C extends Column> = C['_']['dataType'] extends 'number' | 'bigint'
  ? true
  : C['_']['columnType'] extends 'PgNumeric'
    ? true
    : false;

/** How to tell that a row is there already: the fields, or the expressions, of a unique index. */
export interface Upserting<T extends EntityTable> {
  readonly on: readonly (Key<T> | SQL)[];
  /** The fields to change in a row that is there: all that are given, if not given. */
  readonly set?: readonly (keyof Patch<T> & string)[];
}

/** What the row must be for it to be changed; a version only of a table with `version()`. */
export type Expected<T extends EntityTable> = (Row<T> extends { version: number } ? Expecting : NoExpectation) & {
  /** A row that is not of this filter is not there: `not_found`. */
  readonly where?: Where<T> | undefined;
  /** A row that is there and not of this filter is `forbidden`. */
  readonly allowed?: Where<T> | undefined;
};
type NoExpectation = { readonly version?: never };

/** A row as it was read, or its id alone. */
export type Held<T extends EntityTable> = { readonly id: Id<T>; readonly version?: unknown };

/**
 * The rows of a table. Reads take any session, writes a `Transaction`; every method but `page` and `iterate` gives a lazy
 * statement: one SQL statement, one round trip, or a part of a batch. Of a table with `softDelete()`, deleted rows are
 * not there, unless in `withDeleted` or `onlyDeleted`. Wrong input throws at the call, before anything is sent.
 *
 * | a SQLAlchemy `BaseRepository` | here |
 * |---|---|
 * | `get_by_id(id)` | `find(session, id)`; `get` throws `not_found` instead |
 * | `get_by_ids(ids)` | `findMany(session, ids)` |
 * | `get_all(skip, limit, filters)` | `all(session, { offset, limit, where })`; `list` and `page` give pages |
 * | `create(obj_in)` | `create(tx, values)` |
 * | `update(db_obj, obj_in)` | `updateRow(tx, row, patch)`, `update(tx, id, patch, { version })` |
 * | `delete(id)` | `delete(tx, id)` |
 * | `count(filters)` | `count(session, where)` |
 */
export class Repository<T extends EntityTable> extends Reader<T> {
  /** Inserts a row and gives it as stored. Throws `conflict`, `not_null`, `check`, `foreign_key` as the table decides. */
  create(tx: Transaction, values: NewRow<T>): Statement<Row<T>> {
    return insertRows<Row<T>>(tx, this.entity, [values]).map((stored) => single(stored).row);
  }

  /** Inserts rows, any number in one statement, and gives them as stored, in their order. All or none. */
  createMany(tx: Transaction, values: readonly NewRow<T>[]): Statement<Row<T>[]> {
    return insertRows<Row<T>>(tx, this.entity, values).map((stored) => stored.map(({ row }) => row));
  }

  /**
   * Sets the fields of the patch and gives the row; an empty patch gives it as it is. Throws `not_found`, `forbidden`,
   * `stale_version` if the row is not as expected, and `invalid_input` for a field that cannot be set.
   */
  update(tx: Transaction, id: Id<T>, patch: Patch<T>, expected: Expected<T> = {}): Statement<Row<T>> {
    return this.change(tx, id, { set: patchSql(this.entity, patch) }, expected);
  }

  /** As `update`, by the row as it was read: throws `stale_version` if it has a version and that is another by now. */
  updateRow(tx: Transaction, row: Held<T>, patch: Patch<T>): Statement<Row<T>> {
    const { entity } = this;
    const version = entity.version && typeof row.version === 'number' ? row.version : undefined;
    return this.change(tx, row.id, { set: patchSql(entity, patch) }, { version });
  }

  /** Adds to number fields, without reading them first: `increment(tx, id, { views: 1 })`. Throws as `update`. */
  increment(tx: Transaction, id: Id<T>, by: Amounts<T>, expected: Expected<T> = {}): Statement<Row<T>> {
    return this.change(tx, id, { set: incrementSql(this.entity, by) }, expected);
  }

  /** Sets the fields of the patch in every row of the filter (`{}`: in all), and gives their number. */
  updateMany(tx: Transaction, where: Where<T>, patch: Patch<T>): Statement<number> {
    return changeMany(tx, this.entity, where, { set: patchSql(this.entity, patch) });
  }

  /**
   * Deletes the row, or marks it as deleted if the table has `softDelete()`. `false` if it was not there, or deleted
   * already. Throws `stale_version` and `forbidden` if it is not as expected.
   */
  delete(tx: Transaction, id: Id<T>, expected: Expected<T> = {}): Statement<boolean> {
    return deleteOne<Row<T>>(tx, this.entity, id, { ...expected, required: false }).map(isThere);
  }

  /** As `delete`, but gives the row, and throws `not_found` if it is not there. */
  remove(tx: Transaction, id: Id<T>, expected: Expected<T> = {}): Statement<Row<T>> {
    return deleteOne<Row<T>>(tx, this.entity, id, { ...expected, required: true }).map(present);
  }

  /** Deletes, or marks as deleted, every row of the filter (`{}`: all), and gives their number. */
  deleteMany(tx: Transaction, where: Where<T>): Statement<number> {
    return changeMany(tx, this.entity, where, deletion(this.entity), alive(this.entity));
  }

  /** Makes a deleted row live again; `false` if there is none. Throws `conflict` if its place is taken by now. */
  restore(tx: Transaction, id: Id<T>, expected?: Expected<T>): Statement<boolean> {
    const entity: Entity = { ...this.entity, scope: 'deleted' };
    return changeOne<Row<T>>(tx, entity, id, restoration(entity), { ...expected, required: false }).map(isThere);
  }

  /** Removes a row for good, deleted or not; `false` if it was not there. */
  purge(tx: Transaction, id: Id<T>, expected?: Expected<T>): Statement<boolean> {
    const entity: Entity = { ...this.entity, scope: 'all' };
    return changeOne<Row<T>>(tx, entity, id, 'remove', { ...expected, required: false }).map(isThere);
  }

  /** Removes rows of the filter for good, deleted ones too (`onlyDeleted`: only those), and gives their number. */
  purgeMany(tx: Transaction, where: Where<T>): Statement<number> {
    const scope = this.entity.scope === 'deleted' ? 'deleted' : 'all';
    return changeMany(tx, { ...this.entity, scope }, where, 'remove');
  }

  /**
   * Inserts the row, or changes the one that is there: `upsert(tx, values, { on: ['email'] })`. Without a race, in one
   * statement. Throws `conflict` if another unique index refuses it, or a deleted row holds the place.
   */
  upsert(tx: Transaction, values: NewRow<T>, options: Upserting<T>): Statement<Stored<Row<T>>> {
    return insertRows<Row<T>>(tx, this.entity, [values], options).map(single);
  }

  /** As `upsert`, for any number of rows in one statement; no two of them may be the same row. In the values' order. */
  upsertMany(tx: Transaction, values: readonly NewRow<T>[], options: Upserting<T>): Statement<Stored<Row<T>>[]> {
    return insertRows<Row<T>>(tx, this.entity, values, options);
  }

  /**
   * The row that is there, unchanged and locked, or a new one of the values; whoever else does the same at the same
   * moment gets the same row, and one of all of them has `created`.
   */
  getOrCreate(tx: Transaction, values: NewRow<T>, options: Pick<Upserting<T>, 'on'>): Statement<Stored<Row<T>>> {
    return insertRows<Row<T>>(tx, this.entity, [values], { on: options.on, set: [] }).map(single);
  }

  private change(tx: Transaction, id: Id<T>, change: Change, expected: Conditions): Statement<Row<T>> {
    return changeOne<Row<T>>(tx, this.entity, id, change, { ...expected, required: true }).map(present);
  }
}

const isThere = (row: unknown): boolean => row !== undefined;

/** The row of a statement that fails if there is none. */
function present<R>(row: R | undefined): R {
  if (row === undefined) throw new AppError('internal', 'A statement gave no row');
  return row;
}

const single = <R>([stored]: readonly Stored<R>[]): Stored<R> => present(stored);

/** `repository(users)`: a repository of the table, without methods of its own. */
export const repository = <T extends EntityTable>(table: T, options?: RepositoryOptions): Repository<T> =>
  new Repository(table, options);
