import { type SQL, sql } from 'drizzle-orm';
import { Repository } from '../db/repository.ts';
import { posts } from './table.ts';

/** Posts that are not deleted. */
export class PostRepository extends Repository<typeof posts> {
  constructor() {
    super(posts, { name: 'post' });
  }

  /** The condition of a full-text search; any text is a query (PostgreSQL manual, 12.3.2). */
  matching(search: string): SQL {
    return sql`search @@ websearch_to_tsquery('english', ${search})`;
  }
}

export const postRepository = new PostRepository();
