import * as z from 'zod/mini';
import type { Session } from '../db/database.ts';
import { flag } from '../db/filters/operand.ts';
import type { KeysetPage, OffsetPage } from '../db/pagination.ts';
import { keysetFields, wholeNumber } from '../db/query-string.ts';
import type { Loaded, NoRelations } from '../db/relations.ts';
import type { EntityTable } from '../db/repository/entity.ts';
import type { Listing, Reader } from '../db/repository/reader.ts';
import { AppError } from '../errors.ts';

/** What a client says of the page it wants, as `pageFields` read it. */
export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly offset?: number | undefined;
  readonly limit: number;
  readonly total?: boolean | undefined;
}

/** A page by position, or by number where `offset` was given. */
export type Page<V> = KeysetPage<V> | OffsetPage<V>;

/**
 * The parameters of a list, for `listQuery`: a page by position (`cursor`, and `total=true` to count all rows), or by number if
 * `offset` is given; `limit` rows.
 */
export const pageFields = (maxLimit = 100, limit = 20) => ({
  ...keysetFields(maxLimit, limit),
  offset: z.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  total: z.optional(flag),
});

/** The body of a page of such items; made when it is looked at, which the service itself never does. */
export const pageView = <Item extends z.ZodMiniType>(item: Item) =>
  z.lazy(() =>
    z.union([
      z.object({
        items: z.array(item),
        next: z.nullable(z.string()),
        previous: z.nullable(z.string()),
        total: z.optional(z.int()),
      }),
      z.object({ items: z.array(item), total: z.int(), offset: z.int(), limit: z.int() }),
    ]),
  );

/**
 * The page of the repository's rows that the client asked for, in one statement, each row as `present` shows it. `secret`
 * signs the cursors. Throws `invalid_cursor`, and `invalid_input` for a cursor and an offset at once.
 */
export async function readPage<T extends EntityTable, V, W extends object = NoRelations>(
  session: Session,
  reader: Reader<T>,
  query: PageRequest & Listing<T, W>,
  secret: string,
  present: (row: Loaded<T, W>) => V,
): Promise<Page<V>> {
  const { cursor, offset } = query;
  if (offset === undefined) return shown(await reader.page(session, { ...query, secret }), present);
  if (cursor === undefined) return shown(await reader.list(session, { ...query, offset }), present);
  const fields = [{ path: 'query.offset', message: 'cannot be given together with a cursor' }];
  throw new AppError('invalid_input', 'A page is by cursor or by offset', { fields });
}

const shown = <R, P extends { readonly items: R[] }, V>({ items, ...rest }: P, present: (row: R) => V) => ({
  ...rest,
  items: items.map(present),
});
