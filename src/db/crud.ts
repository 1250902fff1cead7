import type { Database, Session, Transaction } from './database.ts';
import type { KeysetPage, KeysetRequest, OffsetPage } from './pagination.ts';
import type { NoRelations } from './relations.ts';
import type { EntityTable, Id, NewRow, Patch, Row } from './repository/entity.ts';
import type { Listing, Window } from './repository/reader.ts';
import type { Held, Repository } from './repository.ts';
import type { Statement } from './statement.ts';

/** What a whole operation takes: a `Database`, on which it is a transaction of its own, or the `Transaction` it joins. */
export type Unit = Database | Transaction;

/** A part of a transaction is a lazy statement, which a batch takes too; on a `Database` it is done and committed. */
export type Joined<U extends Unit, R> = U extends Transaction ? Statement<R> : Promise<R>;

/** What every CRUD has; how a row is created is a feature's own matter. */
export class CrudBase<T extends EntityTable> {
  readonly repository: Repository<T>;

  constructor(repository: Repository<T>) {
    this.repository = repository;
  }

  /** The row with this id, or `undefined`. */
  get(session: Session, id: Id<T>): Statement<Row<T> | undefined> {
    return this.repository.find(session, id);
  }

  /** The rows of the filter; the first 100 unless `limit` says otherwise. */
  getMulti(session: Session, options: Listing<T, NoRelations> & Window = {}): Statement<Row<T>[]> {
    return this.repository.all(session, options);
  }

  /** A page by number, with the number of all rows. */
  list(session: Session, options: Listing<T, NoRelations> & Window = {}): Statement<OffsetPage<Row<T>>> {
    return this.repository.list(session, options);
  }

  /** A page by position (keyset). */
  page(session: Session, options: Listing<T, NoRelations> & KeysetRequest): Promise<KeysetPage<Row<T>>> {
    return this.repository.page(session, options);
  }

  /**
   * Sets the fields of the patch in the row. Throws `not_found`, and `stale_version` if the table has `version()` and
   * somebody has changed the row since it was read; an object of the id alone is changed whatever its version.
   */
  update<U extends Unit>(unit: U, row: Held<T>, patch: Patch<T>): Joined<U, Row<T>> {
    return inOne(unit, (tx) => this.repository.updateRow(tx, row, patch));
  }

  /** Deletes the row, as its table does, and gives it. Throws `not_found`. */
  remove<U extends Unit>(unit: U, id: Id<T>): Joined<U, Row<T>> {
    return inOne(unit, (tx) => this.repository.remove(tx, id));
  }
}

/**
 * The one-call form over a repository: no state, the session first. On a `Database` each call is one committed
 * transaction in one round trip; in a `Transaction` it is part of that, and nothing is committed.
 *
 * | a FastAPI service's usual `CRUDBase` | here |
 * |---|---|
 * | `get(db, id)` | `get(session, id)` |
 * | `get_multi(db, skip, limit)` | `getMulti(session, { offset, limit, where, orderBy })`; `list` and `page` give pages |
 * | `create(db, obj_in)` | `create(unit, values)` |
 * | `update(db, db_obj, obj_in)` | `update(unit, row, patch)` |
 * | `remove(db, id)` | `remove(unit, id)` |
 */
export class Crud<T extends EntityTable> extends CrudBase<T> {
  /** Inserts a row. Throws `conflict`, `not_null`, `check`, `foreign_key` as the table decides. */
  create<U extends Unit>(unit: U, values: NewRow<T>): Joined<U, Row<T>> {
    return inOne(unit, (tx) => this.repository.create(tx, values));
  }
}

/** One statement as `unit` wants it: committed by itself in one round trip, or a part of the transaction. */
export function inOne<U extends Unit, R>(unit: U, build: (tx: Transaction) => Statement<R>): Joined<U, R> {
  const joined = unit.kind === 'transaction' ? build(unit) : committed(unit, build);
  return joined as Joined<U, R>; // `kind` has told which of the two U is
}

async function committed<R>(db: Database, build: (tx: Transaction) => Statement<R>): Promise<R> {
  const [result] = await db.batch((tx) => [build(tx)]);
  return result;
}
