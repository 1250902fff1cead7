import { openDatabase } from '../../src/db/neon.ts';
import { postRepository } from '../../src/posts/repository.ts';
import type { Post, posts } from '../../src/posts/table.ts';
import { testApp } from '../support/app.ts';
import { createTestDatabase } from '../support/database.ts';
import { type SignedIn, signIn } from '../support/sign-in.ts';

/** An app with an author, somebody else and a superuser. */
export async function openPosts() {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url });
  const app = testApp(database);
  const author = await signIn(database);
  const other = await signIn(database);
  const superuser = await signIn(database, { isSuperuser: true });

  /** A post of the author, put straight into the database. */
  async function newPost(fields: Partial<typeof posts.$inferInsert> = {}): Promise<Post> {
    const values = { authorId: author.user.id, title: 'On keyset pages', body: 'They are stable.', ...fields };
    const [post] = await db.batch((tx) => [postRepository.create(tx, values)]);
    return post;
  }

  const send = (method: string, path: string, who?: SignedIn, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(`/v1/posts${path}`, {
      method,
      headers: { ...who?.headers, ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  return { database, db, app, author, other, superuser, newPost, send };
}

/** The error's code, or the status of a success. */
export async function outcome(answer: Promise<Response> | Response): Promise<number | string> {
  const response = await answer;
  return response.ok ? response.status : ((await response.json()) as { code: string }).code;
}
