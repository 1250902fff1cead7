import type { Session } from '../database.ts';
import { loads } from '../relations.ts';
import type { Entity } from '../repository/entity.ts';
import { type Found, readRows } from '../repository/query.ts';
import { type Term, termsOf } from './order.ts';
import { type Position, pageSql } from './seek.ts';
import { assertCount, conditionOf, positionOf, type Selection } from './selection.ts';

/**
 * The rows of a list, read in chunks of `size`, each one statement, found by position. A chunk is read when its first row
 * is asked for, and each row is let go as it is given: what is in memory is never more than one chunk.
 */
export async function* inChunks<R>(
  session: Session,
  entity: Entity,
  selection: Selection,
  size: number,
): AsyncGenerator<R, void> {
  assertCount('chunk', size, 1);
  const terms = termsOf(entity, selection.orderBy);
  const where = conditionOf(entity, selection.where);
  const load = loads(entity, selection.with);
  let position: Position | undefined;
  do {
    const from = pageSql(entity, terms, where, size, position);
    const found = await readRows<R>(session, entity, { from, load });
    position = found.length < size ? undefined : endOf(entity, terms, found);
    for (let one = found.shift(); one; one = found.shift()) yield one.row;
  } while (position);
}

function endOf(entity: Entity, terms: readonly Term[], found: readonly Found<unknown>[]): Position | undefined {
  const last = found.at(-1);
  return last && positionOf(entity, terms, last);
}
