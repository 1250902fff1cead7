import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { audit, id, softDelete, softDeleteCheck, timestamps, version } from '../db/columns.ts';
import { users } from '../users/table.ts';

/** The example resource: texts of users, which everybody reads once they are published. */
export const posts = pgTable(
  'posts',
  {
    ...id(),
    authorId: uuid('author_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    title: text('title').notNull(),
    body: text('body').notNull(),
    isPublished: boolean('is_published').notNull().default(false),
    ...timestamps(),
    ...softDelete(),
    ...version(),
    ...audit(),
  },
  (t) => [
    index('posts_author_idx').on(t.authorId, t.id),
    index('posts_published_idx').on(t.createdAt, t.id).where(sql`is_published and not is_deleted`),
    // A column that the trigger `posts_search` fills, and that no row is read with: the title counts more than the body.
    index('posts_search_idx').using('gin', sql`search`),
    softDeleteCheck('posts_soft_delete_check', t),
  ],
);

export type Post = typeof posts.$inferSelect;
