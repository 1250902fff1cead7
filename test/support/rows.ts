import { openDatabase } from '../../src/db/neon.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { postRepository } from '../../src/posts/repository.ts';
import type { TestDatabase } from './database.ts';
import { signIn } from './sign-in.ts';

// Rows put straight into the database, of which a test wants the id.

export async function newPost({ url }: TestDatabase, authorId: string, isPublished: boolean): Promise<string> {
  const values = { authorId, title: 'T', body: 'B', isPublished };
  const [{ id }] = await openDatabase({ url }).batch((tx) => [postRepository.create(tx, values)]);
  return id;
}

/** A dead letter, of a topic that nobody handles. */
export async function newDeadLetter({ url }: TestDatabase): Promise<string> {
  const values = { topic: 'that nobody handles', payload: {}, deadAt: new Date() };
  const [{ id }] = await openDatabase({ url }).batch((tx) => [outboxRepository.create(tx, values)]);
  return id;
}

/** Somebody who is deleted; their own sessions have ended with that. */
export async function newDeletedUser(database: TestDatabase): Promise<string> {
  const { user } = await signIn(database, { isDeleted: true, deletedAt: new Date() });
  return user.id;
}
