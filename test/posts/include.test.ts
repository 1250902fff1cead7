import { sql } from 'drizzle-orm';
import { parseResponse } from 'hono/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client.ts';
import { postRepository } from '../../src/posts/repository.ts';
import { PostView } from '../../src/posts/schemas.ts';
import { resetWireStats, wireStats } from '../support/database.ts';
import { type SignedIn, signIn } from '../support/sign-in.ts';
import { openPosts, outcome } from './fixture.ts';

let posts: Awaited<ReturnType<typeof openPosts>>;
beforeAll(async () => {
  posts = await openPosts();
  await posts.newPost({ title: 'Published', isPublished: true });
  await posts.newPost({ title: 'Draft' });
});

const clientOf = ({ token }: SignedIn) =>
  createClient('http://kura', {
    token,
    fetch: (url: Request | string | URL, init: RequestInit = {}) => posts.app.request(String(url), init),
  });

describe('GET /v1/users/{id}?include=posts', () => {
  it.each(['author', 'superuser'] as const)('shows the author and all that they wrote to the %s', async (who) => {
    const param = { id: posts.author.user.id };
    const byId = clientOf(posts[who]).v1.users[':id'];
    const author = await parseResponse(byId.$get({ param, query: { include: 'posts' } }));
    expect(author.username).toBe(posts.author.user.username);
    expect(author.posts?.map(({ title }) => title)).toEqual(['Draft', 'Published']);
    for (const post of author.posts ?? []) expect(PostView.parse(post)).toEqual(post);
    expect(author).not.toHaveProperty('hashedPassword');
    expect(await parseResponse(byId.$get({ param, query: {} }))).not.toHaveProperty('posts');
  });

  it('has an ETag of its own, as posts change without their author', async () => {
    const get = (query: string, headers = {}) =>
      posts.app.get(`/v1/users/${posts.author.user.id}${query}`, { ...posts.author.headers, ...headers });
    expect((await get('')).headers.get('ETag')).toBe('"v1"');
    const tag = (await get('?include=posts')).headers.get('ETag') ?? '';
    expect((await get('?include=posts', { 'If-None-Match': '"v1"' })).status).toBe(200);
    expect((await get('?include=posts', { 'If-None-Match': tag })).status).toBe(304);
    await posts.db.batch((tx) => [
      postRepository.updateMany(tx, { authorId: posts.author.user.id, title: 'Draft' }, { body: 'Another' }),
    ]);
    expect((await get('?include=posts', { 'If-None-Match': tag })).status).toBe(200);
  });

  it.each(['include=sessions', 'include=', 'include=posts,hashedPassword', 'include=constructor', 'includes=posts'])(
    '?%s: 422',
    async (query) => {
      const path = `/v1/users/${posts.author.user.id}?${query}`;
      expect(await outcome(posts.app.get(path, posts.author.headers))).toBe('invalid_input');
    },
  );

  it('is for nobody else', async () => {
    const path = `/v1/users/${posts.author.user.id}?include=posts`;
    expect(await outcome(posts.app.get(path, posts.other.headers))).toBe('forbidden');
    expect(await outcome(posts.app.get(path))).toBe('unauthenticated');
  });
});

describe('GET /v1/users?include=posts', () => {
  it('shows each user with theirs', async () => {
    const query = { include: 'posts', 'filter[username]': posts.author.user.username };
    const { items } = await parseResponse(clientOf(posts.superuser).v1.users.$get({ query }));
    expect(items).toMatchObject([{ id: posts.author.user.id, posts: [{ title: 'Draft' }, { title: 'Published' }] }]);
    expect(await outcome(posts.app.get('/v1/users?include=posts', posts.author.headers))).toBe('forbidden');
  });

  it('shows the newest five of each, as all of many users are more than an answer of the database may hold', async () => {
    const writers = await Promise.all(Array.from({ length: 20 }, () => signIn(posts.database)));
    await posts.db.batch((tx) =>
      writers.map(({ user }) =>
        tx.statement((q) =>
          q.execute(sql`insert into posts (id, author_id, title, body, created_at)
            select gen_random_uuid(), ${user.id}::uuid, 'Post ' || n, repeat('x', 6000), now() + n * interval '1 hour'
            from generate_series(1, 100) as n`),
        ),
      ),
    );
    const query = { include: 'posts', sort: '-createdAt', limit: '20' };
    const { items } = await parseResponse(clientOf(posts.superuser).v1.users.$get({ query }));
    expect(items.map((user) => user.posts?.map(({ title }) => title))).toEqual(
      writers.map(() => ['Post 100', 'Post 99', 'Post 98', 'Post 97', 'Post 96']),
    );
    const [one] = items;
    const byId = clientOf(posts.superuser).v1.users[':id'];
    const author = await parseResponse(byId.$get({ param: { id: one?.id ?? '' }, query: { include: 'posts' } }));
    expect(author.posts).toHaveLength(100);
  });

  it.each([1, 10, 1000])('costs two round trips for %i posts, of one user and of several', async (rows) => {
    const writers = await Promise.all(Array.from({ length: Math.min(rows, 5) }, () => signIn(posts.database)));
    const values = Array.from({ length: rows }, (_, n) => {
      const authorId = writers[n % writers.length]?.user.id ?? '';
      return { authorId, title: `Post ${n}`, body: 'x' };
    });
    await posts.db.batch((tx) => [postRepository.createMany(tx, values)]);
    for (const path of ['/v1/users?include=posts&limit=100', `/v1/users/${writers[0]?.user.id}?include=posts`]) {
      await resetWireStats(posts.database);
      expect((await posts.app.get(path, posts.superuser.headers)).status).toBe(200);
      expect(await wireStats(posts.database)).toMatchObject({ http: { roundTrips: 2 }, websocket: { connections: 0 } });
    }
  });
});
