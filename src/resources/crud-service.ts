import type { Database, Session } from '../db/database.ts';
import type { Where } from '../db/filters.ts';
import type { Conditions, Expecting } from '../db/repository/change.ts';
import type { EntityTable, Id, Patch, Row } from '../db/repository/entity.ts';
import type { Expected, Repository } from '../db/repository.ts';
import { AppError } from '../errors.ts';
import { type Page, readPage } from '../http/paging.ts';
import type { Actor } from '../users/actor.ts';
import type { ListRequest, Policy } from './policy.ts';

/**
 * The service of a resource: its five operations, each in one round trip, for whoever the policy lets. A write is told who
 * may make it in its own statement, so nothing is read before, and no race comes between. Subclass it where an operation does
 * more than one statement. It knows who asks, so it ranks above `users`, and below the features that are made by it.
 */
export class CrudService<T extends EntityTable, New, Query extends ListRequest<T> = ListRequest<T>> {
  readonly repository: Repository<T>;
  readonly policy: Policy<T, New, Query>;

  constructor(repository: Repository<T>, policy: Policy<T, New, Query>) {
    this.repository = repository;
    this.policy = policy;
  }

  /** A page of what the actor is shown. Throws as `readPage`. */
  list<V>(
    session: Session,
    actor: Actor | undefined,
    query: Query,
    { secret, present }: { readonly secret: string; readonly present: (row: Row<T>) => V },
  ): Promise<Page<V>> {
    const where = { and: [query.where, this.listed(actor, query)] } as const;
    const orderBy = query.orderBy.length ? query.orderBy : this.policy.order;
    return readPage(session, this.repository, { ...query, where: asWhere<T>(where), orderBy }, secret, present);
  }

  /** Throws `not_found`, also where the actor may not read the row. */
  read(session: Session, actor: Actor | undefined, id: Id<T>): PromiseLike<Row<T>> {
    return this.repository.get(session, id, { where: this.readable(actor) });
  }

  async create(db: Database, actor: Actor, input: New): Promise<Row<T>> {
    const values = this.policy.row(actor, input);
    const [row] = await db.batch((tx) => [this.repository.create(tx, values)], writtenBy(actor));
    return row;
  }

  /** Throws `not_found`, `forbidden`, `stale_version`. */
  async update(db: Database, actor: Actor, id: Id<T>, patch: Patch<T>, expected: Expecting = {}): Promise<Row<T>> {
    const mine = this.changeable(actor, expected);
    const [row] = await db.batch((tx) => [this.repository.update(tx, id, patch, mine)], writtenBy(actor));
    return row;
  }

  /** Throws `not_found`, `forbidden`, `stale_version`. */
  async remove(db: Database, actor: Actor, id: Id<T>, expected: Expecting = {}): Promise<void> {
    const mine = this.changeable(actor, expected);
    await db.batch((tx) => [this.repository.remove(tx, id, mine)], writtenBy(actor));
  }

  protected readable(actor: Actor | undefined): Where<T> {
    const { policy } = this;
    return policy.readers === 'everybody' ? policy.readable(actor) : policy.readable(signedIn(actor));
  }

  protected listed(actor: Actor | undefined, query: Query): Where<T> {
    const { policy } = this;
    if (!policy.listed) return this.readable(actor);
    return policy.readers === 'everybody' ? policy.listed(actor, query) : policy.listed(signedIn(actor), query);
  }

  /** What an `update` or `delete` by the actor expects of its row. */
  protected changeable(actor: Actor, expected: Expecting): Expected<T> {
    return asExpected({ ...expected, where: this.readable(actor), allowed: this.policy.changeable(actor) });
  }
}

/** For the audit columns. */
const writtenBy = ({ user }: Actor) => ({ settings: { 'app.user_id': user.id } });

function signedIn(actor: Actor | undefined): Actor {
  if (!actor) throw new AppError('unauthenticated', 'Sign in first');
  return actor;
}

/** A version of a table that has none is refused by the repository. */
const asExpected = <T extends EntityTable>(expected: Conditions) => expected as Expected<T>;

/** A filter put together of filters of the same table. */
const asWhere = <T extends EntityTable>(where: { readonly and: readonly Where<T>[] }) => where as Where<T>;
