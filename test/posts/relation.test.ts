import { beforeAll, describe, expect, it } from 'vitest';
import { postsOfAuthor } from '../../src/posts/relation.ts';
import { postRepository } from '../../src/posts/repository.ts';
import { userRepository } from '../../src/users/repository.ts';
import { resetWireStats, wireStats } from '../support/database.ts';
import { signIn } from '../support/sign-in.ts';
import { openPosts } from './fixture.ts';

let posts: Awaited<ReturnType<typeof openPosts>>;
beforeAll(async () => {
  posts = await openPosts();
});

const withPosts = { with: { posts: postsOfAuthor } };

// The reference's `UserRepository.get_with_posts`.
describe('a user with their posts', () => {
  it('has the newest first, drafts among them, and none that is deleted', async () => {
    const { db, newPost, other } = posts;
    const day = (n: number) => ({ createdAt: new Date(Date.UTC(2026, 0, n)) });
    await newPost({ title: 'old', isPublished: true, ...day(1) });
    await newPost({ title: 'draft', ...day(3) });
    await newPost({ title: 'new', ...day(5) });
    await newPost({ title: 'another’s', authorId: other.user.id });
    const gone = await newPost({ title: 'gone', ...day(4) });
    await db.batch((tx) => [postRepository.delete(tx, gone.id)]);
    const author = await userRepository.get(db, posts.author.user.id, withPosts);
    expect(author).toMatchObject({ username: posts.author.user.username, version: 1 });
    expect(author.posts.map(({ title }) => title)).toEqual(['new', 'draft', 'old']);
    expect(author.posts[0]).toMatchObject({ authorId: author.id, createdAt: day(5).createdAt, version: 1 });
  });

  it('has none', async () => {
    const { user } = await signIn(posts.database);
    expect(await userRepository.get(posts.db, user.id, withPosts)).toEqual({ ...user, posts: [] });
  });

  it.each([1, 10, 1000])('costs one round trip for %i', async (rows) => {
    const { user } = await signIn(posts.database);
    const values = Array.from({ length: rows }, (_, n) => ({ authorId: user.id, title: `Post ${n}`, body: 'x' }));
    await posts.db.batch((tx) => [postRepository.createMany(tx, values)]);
    await resetWireStats(posts.database);
    const author = await userRepository.get(posts.db, user.id, withPosts);
    expect(author.posts).toHaveLength(Math.min(rows, 100));
    expect((await wireStats(posts.database)).http.roundTrips).toBe(1);
    const { items } = await userRepository.list(posts.db, { where: { id: user.id }, ...withPosts });
    expect(items).toEqual([author]);
    expect((await wireStats(posts.database)).http.roundTrips).toBe(2);
  });
});
