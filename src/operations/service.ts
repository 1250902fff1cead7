import type { Database, Session } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { type Page, readPage } from '../http/paging.ts';
import { wakeDrain } from '../outbox/enqueue.ts';
import { outboxRepository } from '../outbox/repository.ts';
import type { OutboxRow } from '../outbox/table.ts';
import { type Actor, assertSuperuser } from '../users/actor.ts';
import type { OutboxQuery } from './schemas.ts';

/** Each state with the order of its index. */
const LISTS = {
  pending: { where: { doneAt: null, deadAt: null }, orderBy: ['availableAt'] },
  done: { where: { doneAt: { isNull: false } }, orderBy: ['-doneAt'] },
  dead: { where: { deadAt: { isNull: false } }, orderBy: ['-deadAt'] },
  any: { where: {}, orderBy: ['-id'] },
} as const;

/** A page of the outbox: what is due first, or the newest first. One round trip. Throws `forbidden`, and as `readPage`. */
export async function listOutbox<V>(
  session: Session,
  actor: Actor,
  query: OutboxQuery,
  { secret, present }: { readonly secret: string; readonly present: (row: OutboxRow) => V },
): Promise<Page<V>> {
  assertSuperuser(actor);
  const { where, orderBy } = LISTS[query.state ?? 'any'];
  const list = { ...query, where: { and: [query.where, where] }, orderBy };
  return readPage(session, outboxRepository, list, secret, present);
}

/** Gives a dead letter all its attempts again. One round trip. Throws `forbidden`; `not_found` if it is no dead letter. */
export async function retryDeadLetter(db: Database, actor: Actor, id: string): Promise<void> {
  assertSuperuser(actor);
  const [found] = await db.batch((tx) => {
    wakeDrain(tx);
    return [outboxRepository.retry(tx, id)];
  });
  if (!found) throw new AppError('not_found', 'There is no dead letter with this id');
}
