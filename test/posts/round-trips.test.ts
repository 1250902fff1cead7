import { beforeAll, describe, expect, it } from 'vitest';
import { postRepository } from '../../src/posts/repository.ts';
import { resetWireStats, wireStats } from '../support/database.ts';
import { openPosts } from './fixture.ts';

let posts: Awaited<ReturnType<typeof openPosts>>;
beforeAll(async () => {
  posts = await openPosts();
});

/** What a request costs on the wire. */
async function cost(request: () => Promise<Response> | Response): Promise<number> {
  await resetWireStats(posts.database);
  const { ok } = await request();
  const { http, websocket } = await wireStats(posts.database);
  expect([ok, websocket.connections]).toEqual([true, 0]);
  return http.roundTrips;
}

describe.each([1, 10, 1000])('of %i rows', (rows) => {
  beforeAll(async () => {
    const { db, author } = posts;
    const values = Array.from({ length: rows }, (_, n) => ({
      authorId: author.user.id,
      title: `Post ${n}`,
      body: 'Something',
      isPublished: true,
    }));
    await db.batch((tx) => [postRepository.purgeMany(tx, {}), postRepository.createMany(tx, values)]);
  });

  it.each(['', '?limit=100&total=true', '?offset=0&limit=100', '?search=something'])(
    'a list %s costs 1, and 1 more to know who asks',
    async (query) => {
      expect(await cost(() => posts.send('GET', query))).toBe(1);
      expect(await cost(() => posts.send('GET', query, posts.author))).toBe(2);
    },
  );
});

it('a read costs 1, and 1 more to know who asks', async () => {
  const { id } = await posts.newPost({ isPublished: true });
  expect(await cost(() => posts.send('GET', `/${id}`))).toBe(1);
  expect(await cost(() => posts.send('GET', `/${id}`, posts.author))).toBe(2);
});

it('a write costs 2, with If-Match too', async () => {
  const { id } = await posts.newPost();
  const { send, author } = posts;
  expect(await cost(() => send('POST', '', author, { title: 'a', body: 'b' }))).toBe(2);
  expect(await cost(() => send('PATCH', `/${id}`, author, { title: 'b' }))).toBe(2);
  expect(await cost(() => send('PATCH', `/${id}`, author, { title: 'c' }, { 'If-Match': '"v2"' }))).toBe(2);
  expect(await cost(() => send('DELETE', `/${id}`, author, undefined, { 'If-Match': '"v3"' }))).toBe(2);
});
