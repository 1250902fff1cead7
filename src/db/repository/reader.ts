import { type SQL, sql } from 'drizzle-orm';
import type { Session } from '../database.ts';
import { filterSql, type Where } from '../filters.ts';
import { inChunks } from '../pagination/chunks.ts';
import { type OrderBy, orderSql, termsOf } from '../pagination/order.ts';
import { assertCount, conditionOf, DEFAULT_LIMIT, literal, type Selection } from '../pagination/selection.ts';
import { type KeysetPage, type KeysetRequest, keysetPage, type OffsetPage, offsetPage } from '../pagination.ts';
import { type Loaded, loads, type NoRelations, type With } from '../relations.ts';
import type { Statement } from '../statement.ts';
import { arrayLiteral, encode } from './encode.ts';
import { all, at, type Entity, type EntityTable, entityOf, type Id, type Scope, scopeOf } from './entity.ts';
import { refused } from './failure.ts';
import { type LockOption, type LockStrength, lockSql, type RowLock } from './lock.ts';
import { isBatch, one } from './one.ts';
import { readRows } from './query.ts';

export interface RepositoryOptions {
  /** What an error calls a row, for a client: `user`. `row in users` if not given. */
  readonly name?: string;
}

export interface Loading<T extends EntityTable, W> {
  /** Relations to read with each row, in the same statement. */
  readonly with?: W & With<T>;
}

export interface Finding<T extends EntityTable, W> extends Loading<T, W> {
  /** A row that is not of this filter is not there. */
  readonly where?: Where<T> | undefined;
}

export interface Locking<S extends Session> {
  /** Locks the rows until the transaction ends. */
  readonly lock?: LockOption<S>;
}

export interface Listing<T extends EntityTable, W> extends Loading<T, W> {
  readonly where?: Where<T> | undefined;
  /** By id if not given. Always total: the id is appended. */
  readonly orderBy?: OrderBy<T> | undefined;
}

export interface Window {
  /** How many rows to leave out first; 0 if not given. */
  readonly offset?: number | undefined;
  /** The most rows; 100 if not given. */
  readonly limit?: number | undefined;
}

/** The reads of a repository. Each but `page` and `iterate` is a lazy statement, one round trip. */
export class Reader<T extends EntityTable> {
  readonly table: T;
  protected readonly entity: Entity;

  constructor(table: T, options: RepositoryOptions = {}) {
    this.table = table;
    this.entity = entityOf(table, options.name);
  }

  /** The same repository over all rows, deleted ones too. */
  get withDeleted(): this {
    return this.scoped('all');
  }

  /** The same repository over deleted rows only. */
  get onlyDeleted(): this {
    return this.scoped('deleted');
  }

  /** The row with this id, or `undefined`. */
  find<S extends Session, W extends object = NoRelations>(
    session: S,
    id: Id<T>,
    options: Finding<T, W> & Locking<S> = {},
  ): Statement<Loaded<T, W> | undefined> {
    const from = byId(session, this.entity, id, options);
    return readRows<Loaded<T, W>>(session, this.entity, { from, load: loads(this.entity, options.with) }).map(
      ([found]) => found?.row,
    );
  }

  /** The row with this id. Throws `not_found`; in a batch that undoes the batch. */
  get<S extends Session, W extends object = NoRelations>(
    session: S,
    id: Id<T>,
    options: Finding<T, W> & Locking<S> = {},
  ): Statement<Loaded<T, W>> {
    const { entity } = this;
    const present = (row: Loaded<T, W> | undefined) => {
      if (!row) throw refused('not_found', entity);
      return row;
    };
    if (!isBatch(session)) return this.find(session, id, options).map(present);
    const from = byId(session, entity, id, options);
    const row = (selection: SQL) => sql`select ${selection} from ${from}`;
    return one<Loaded<T, W>>(session, entity, { row, load: loads(entity, options.with), required: true }).map(present);
  }

  /** The rows with these ids, in the ids' order, each once; those that do not exist are left out. */
  findMany<S extends Session, W extends object = NoRelations>(
    session: S,
    ids: readonly Id<T>[],
    options: Loading<T, W> & Locking<S> = {},
  ): Statement<Loaded<T, W>[]> {
    const { entity } = this;
    const id = at(entity.name, entity.id);
    const texts = arrayLiteral(ids.map((value) => encode(entity.id, value)));
    const condition = all(sql`${id} = any (${texts})`, scopeOf(entity));
    // In one order for everybody, so that two transactions that lock the same rows cannot wait for each other.
    const from = sql`${entity.table} where ${condition} order by ${id}${lockSql(session, entity, options.lock)}`;
    return readRows<Loaded<T, W>>(session, entity, { from, load: loads(entity, options.with) }).map((found) => {
      const byKey = new Map(found.map(({ row }) => [keyOf(entity, row.id), row]));
      const keys = new Set(ids.map((value) => keyOf(entity, value)));
      return [...keys].map((key) => byKey.get(key)).filter((row) => row !== undefined);
    });
  }

  /** The first row of the filter, or `undefined`. */
  findOne<S extends Session, W extends object = NoRelations>(
    session: S,
    where: Where<T>,
    options: Omit<Listing<T, W>, 'where'> & Locking<S> = {},
  ): Statement<Loaded<T, W> | undefined> {
    return rows<Loaded<T, W>>(session, this.entity, { ...options, where, limit: 1 }, options.lock).map(([row]) => row);
  }

  /** The rows of the filter; the first 100 unless `limit` says otherwise. */
  all<S extends Session, W extends object = NoRelations>(
    session: S,
    options: Listing<T, W> & Window & Locking<S> = {},
  ): Statement<Loaded<T, W>[]> {
    return rows<Loaded<T, W>>(session, this.entity, options, options.lock);
  }

  /** A page by number, with the number of all rows, in one statement. */
  list<W extends object = NoRelations>(
    session: Session,
    options: Listing<T, W> & Window = {},
  ): Statement<OffsetPage<Loaded<T, W>>> {
    return offsetPage(session, this.entity, options);
  }

  /** A page by position (keyset): stable under inserts, and as cheap deep down as at the start. One round trip. */
  page<W extends object = NoRelations>(
    session: Session,
    options: Listing<T, W> & KeysetRequest,
  ): Promise<KeysetPage<Loaded<T, W>>> {
    return keysetPage(session, this.entity, options);
  }

  /**
   * Every row of the filter, one after the other, read in chunks (1000 rows if not given) of a round trip each; no more
   * than one chunk is in memory. On a `Database` each chunk sees its own moment; in a transaction of repeatable read all
   * see one.
   */
  iterate<W extends object = NoRelations>(
    session: Session,
    options: Listing<T, W> & { readonly chunk?: number } = {},
  ): AsyncGenerator<Loaded<T, W>, void> {
    return inChunks(session, this.entity, options, options.chunk ?? 1000);
  }

  /** How many rows the filter leaves. */
  count(session: Session, where?: Where<T>): Statement<number> {
    const { table } = this.entity;
    return session
      .statement((q) =>
        q.select({ count: sql`count(*)`.mapWith(Number) }).from(sql`${table} where ${conditionOf(this.entity, where)}`),
      )
      .map(([row]) => row?.count ?? 0);
  }

  /** Whether there is a row of this id or filter. */
  exists(session: Session, idOrWhere: Id<T> | Where<T>): Statement<boolean> {
    const { entity } = this;
    const where = typeof idOrWhere === 'object' && idOrWhere ? idOrWhere : { id: idOrWhere };
    const from = sql`(select exists (select from ${entity.table} where ${conditionOf(entity, where)}) as "found") as "kura.one"`;
    return session
      .statement((q) => q.select({ found: sql<boolean>`"found"` }).from(from))
      .map(([row]) => row?.found ?? false);
  }

  /** A copy that differs in its scope alone: of the same class, with the same fields. */
  private scoped(scope: Scope): this {
    const copy: this = Object.create(Object.getPrototypeOf(this));
    return Object.assign(copy, this, { entity: { ...this.entity, scope } });
  }
}

type Lock = LockStrength | RowLock | undefined;

interface ById {
  readonly where?: object | undefined;
  readonly lock?: Lock;
}

function byId(session: Session, entity: Entity, id: unknown, { where, lock }: ById): SQL {
  const is = sql`${at(entity.name, entity.id)} = ${encode(entity.id, id)}`;
  const condition = all(is, scopeOf(entity), filterSql(entity, where));
  return sql`${entity.table} where ${condition}${lockSql(session, entity, lock)}`;
}

function rows<R>(session: Session, entity: Entity, selection: Selection & Window, lock: Lock): Statement<R[]> {
  const { offset = 0, limit = DEFAULT_LIMIT } = selection;
  assertCount('offset', offset, 0);
  assertCount('limit', limit, 0);
  const order = orderSql(termsOf(entity, selection.orderBy), entity.name);
  const where = conditionOf(entity, selection.where);
  const window = sql`limit ${literal(limit)} offset ${literal(offset)}`;
  const from = sql`${entity.table} where ${where} order by ${order} ${window}${lockSql(session, entity, lock)}`;
  const load = loads(entity, selection.with);
  return readRows<R>(session, entity, { from, load }).map((found) => found.map(({ row }) => row));
}

/** An id as a text that is the same however it was spelled. */
const keyOf = ({ id: { columnType } }: Entity, id: unknown): string =>
  columnType === 'PgUUID' ? String(id).toLowerCase() : String(id);
