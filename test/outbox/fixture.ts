import { eq } from 'drizzle-orm';
import * as z from 'zod/mini';
import type { Database } from '../../src/db/database.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import { type OutboxRow, outbox } from '../../src/outbox/table.ts';
import { type Handler, handler, type Job, type Topic } from '../../src/outbox/topic.ts';

const Note = z.object({ n: z.number() });
type Note = z.infer<typeof Note>;

export const note: Topic<Note> = { name: 'note', schema: Note };

/** Retries come at once, so that a test need not wait. */
export const atOnce = { baseMs: 0 };

/** Enqueues the notes 0 to `count - 1` in one transaction; gives their ids. */
export async function enqueueNotes(db: Database, count: number, keyOf?: (n: number) => string): Promise<string[]> {
  return db.batch((tx) =>
    Array.from({ length: count }, (_, n) => enqueue(tx, note, { n }, keyOf ? { orderingKey: keyOf(n) } : {})),
  );
}

/** A handler that writes down every job before it does `work`. */
export function recorder(work: (job: Job<Note>) => Promise<void> | void = () => {}) {
  const seen: Job<Note>[] = [];
  const record: Handler = handler(note, async (job) => {
    seen.push(job);
    await work(job);
  });
  return { handlers: [record], seen, ids: () => seen.map(({ id }) => id) };
}

export async function rowOf(db: Database, id: string): Promise<OutboxRow> {
  const [row] = await db.statement((q) => q.select().from(outbox).where(eq(outbox.id, id)));
  if (!row) throw new Error('There is no such row');
  return row;
}
