import { neon } from '@neondatabase/serverless';
import { sql } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/db/database.ts';
import { drizzleStatement } from '../../src/db/drizzle.ts';
import { PostQuery } from '../../src/posts/schemas.ts';
import { postService } from '../../src/posts/service.ts';
import { SECRET_KEY } from '../support/names.ts';
import { openPosts } from './fixture.ts';

let posts: Awaited<ReturnType<typeof openPosts>>;
beforeAll(async () => {
  posts = await openPosts();
  const { db, author, other } = posts;
  await db.batch((tx) => [
    tx.statement((q) =>
      q.execute(sql`insert into posts (id, author_id, title, body, is_published, created_at)
        select gen_random_uuid(), case when n % 100 = 0 then ${author.user.id}::uuid else ${other.user.id}::uuid end,
          'Post ' || n, 'word' || n % 500 || ' and filler', n % 10 > 0, now() - n * interval '1 minute'
        from generate_series(1, 20000) as n`),
    ),
    tx.statement((q) =>
      q.execute(sql`insert into posts (id, author_id, title, body, is_published)
        select gen_random_uuid(), ${other.user.id}::uuid, 'Long ' || n, 'apple ' || repeat('pear plum ', 500), true
        from generate_series(1, 1000) as n`),
    ),
  ]);
  await db.statement((q) => q.execute(sql`vacuum analyze posts`));
});

/** The plan of the very statement that a list is. */
async function planOf(query: Record<string, string>, actor?: 'author'): Promise<string> {
  const lines: string[] = [];
  const run = async ({ text, params }: { text: string; params: readonly unknown[] }) => {
    const rows = await neon(posts.database.url).query(`explain (costs off) ${text}`, [...params]);
    lines.push(...rows.map((row) => String(row['QUERY PLAN'])));
    return { fields: [], rows: [], command: 'SELECT' };
  };
  const runner = { transferable: false, run };
  const session: Session = { runner, statement: (build) => drizzleStatement(runner, build) };
  const { user, sessionId } = posts.author;
  const who = actor && { user, sessionId };
  await postService.list(session, who, PostQuery.parse(query), { secret: SECRET_KEY, present: () => undefined });
  return lines.join('\n');
}

it('a search goes through the index of words', async () => {
  const plan = await planOf({ search: 'word42 filler' });
  expect(plan).toMatch(/Bitmap Index Scan on posts_search_idx/);
  expect(plan).not.toMatch(/Seq Scan/);
});

it.each(['apple -apple', 'apple pear', 'nothing'])('a search for %j reads no text of a post again', async (search) => {
  for (const query of [{ search }, { search, total: 'true' }, { search, limit: '1' }]) {
    expect(await planOf(query)).not.toMatch(/to_tsvector/);
  }
});

it('the public list is read from its index, in its order', async () => {
  for (const limit of ['20', '100']) {
    const plan = await planOf({ limit });
    expect(plan).toMatch(/Index Scan Backward using posts_published_idx/);
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  }
});

it('one’s own are found by their author', async () => {
  expect(await planOf({ mine: 'true' }, 'author')).toMatch(/posts_author_idx/);
});
