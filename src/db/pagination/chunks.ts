import type { Session } from '../database.ts';
import { loads } from '../relations.ts';
import type { Entity } from '../repository/entity.ts';
import { readRows } from '../repository/query.ts';
import { termsOf } from './order.ts';
import { type Position, pageSql } from './seek.ts';
import { assertCount, conditionOf, positionOf, positions, type Selection } from './selection.ts';

/** The rows of a list in chunks of `size`, each one statement, found by position; one chunk is in memory at a time. */
export async function* chunks<R>(
  session: Session,
  entity: Entity,
  selection: Selection,
  size: number,
): AsyncGenerator<R[], void> {
  assertCount('chunk', size, 1);
  const terms = termsOf(entity, selection.orderBy);
  const where = conditionOf(entity, selection.where);
  const load = loads(entity, selection.with);
  let position: Position | undefined;
  for (;;) {
    const from = pageSql(entity, terms, where, size, position);
    const found = await readRows<R>(session, entity, { from, load, extra: positions(terms) });
    if (found.length) yield found.map(({ row }) => row);
    const last = found.at(-1);
    if (!last || found.length < size) return;
    position = positionOf(terms, last);
  }
}
