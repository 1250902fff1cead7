import type { Where } from '../db/filters.ts';
import type { OrderBy } from '../db/pagination/order.ts';
import type { ListQuery } from '../db/query-string.ts';
import type { EntityTable, NewRow } from '../db/repository/entity.ts';
import type { PageRequest } from '../http/paging.ts';
import type { Actor } from '../users/actor.ts';

/** A list as a client asks for it. */
export type ListRequest<T extends EntityTable> = ListQuery<T> & PageRequest;

/** Who may do what with the rows of a table: filters, which every statement carries. `{}` leaves all rows. */
export type Policy<T extends EntityTable, New, Query extends ListRequest<T>> = Writing<T, New> &
  (Reading<T, Query, 'everybody', Actor | undefined> | Reading<T, Query, 'users', Actor>);

interface Writing<T extends EntityTable, New> {
  /** The row that the actor's input makes. Throws `forbidden` where the actor may not make it. */
  readonly row: (actor: Actor, input: New) => NewRow<T>;
  /** What the actor may change and delete. The rest of what they may read is `forbidden` to change. */
  readonly changeable: (actor: Actor) => Where<T>;
}

interface Reading<T extends EntityTable, Query extends ListRequest<T>, Readers extends string, Reader> {
  /** Whether one must sign in to read. */
  readonly readers: Readers;
  /** What the actor may read. The rest is not there for them: `not_found`, whatever they ask. */
  readonly readable: (actor: Reader) => Where<T>;
  /** What a list shows the actor, where that is not all they may read; `query` has the parameters of one's own. */
  readonly listed?: (actor: Reader, query: Query) => Where<T>;
  /** The order of a list where the client asks for none; by id if not given. Give it an index. */
  readonly order?: OrderBy<T>;
}
