import { beforeAll, describe, expect, it } from 'vitest';
import { postRepository } from '../../src/posts/repository.ts';
import { PostView } from '../../src/posts/schemas.ts';
import { openPosts, outcome } from './fixture.ts';

const NOBODY = '0190163d-8694-739b-aea5-966c26f8ad90';
const input = { title: 'On keyset pages', body: 'They are stable.' };

let posts: Awaited<ReturnType<typeof openPosts>>;
beforeAll(async () => {
  posts = await openPosts();
});

describe('POST /v1/posts', () => {
  it('makes a draft of the actor', async () => {
    const { send, author, db } = posts;
    const response = await send('POST', '', author, input);
    expect(response.status).toBe(201);
    const post = PostView.parse(await response.json());
    expect(post).toMatchObject({ ...input, authorId: author.user.id, isPublished: false, version: 1 });
    expect(response.headers.get('Location')).toBe(`/v1/posts/${post.id}`);
    expect(response.headers.get('ETag')).toBe('"v1"');
    expect(await postRepository.get(db, post.id)).toMatchObject({
      createdBy: author.user.id,
      updatedBy: author.user.id,
    });
  });

  it.each([
    ['no title', { body: 'x' }, 'body.title'],
    ['an empty title', { ...input, title: ' ' }, 'body.title'],
    ['a long title', { ...input, title: 'x'.repeat(201) }, 'body.title'],
    ['a NUL', { ...input, body: 'a\0b' }, 'body.body'],
    ['a long body', { ...input, body: 'x'.repeat(20_001) }, 'body.body'],
    ['another author', { ...input, authorId: NOBODY }, 'body'],
    ['a version', { ...input, version: 7 }, 'body'],
    ['no object', [], 'body'],
  ])('refuses %s', async (_, body, path) => {
    const response = await posts.send('POST', '', posts.author, body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid_input', errors: [{ path }] });
  });
});

describe('who may do what', () => {
  type Who = 'nobody' | 'other' | 'author' | 'superuser';
  const table: [method: string, isPublished: boolean, outcomes: Record<Who, number | string>][] = [
    ['GET', true, { nobody: 200, other: 200, author: 200, superuser: 200 }],
    ['GET', false, { nobody: 'not_found', other: 'not_found', author: 200, superuser: 200 }],
    ['PATCH', true, { nobody: 'unauthenticated', other: 'forbidden', author: 200, superuser: 200 }],
    ['PATCH', false, { nobody: 'unauthenticated', other: 'not_found', author: 200, superuser: 200 }],
    ['DELETE', true, { nobody: 'unauthenticated', other: 'forbidden', author: 204, superuser: 204 }],
    ['DELETE', false, { nobody: 'unauthenticated', other: 'not_found', author: 204, superuser: 204 }],
  ];
  const cases = table.flatMap(([method, isPublished, outcomes]) =>
    Object.entries(outcomes).map(([who, is]) => ({ method, isPublished, who: who as Who, is })),
  );

  it.each(cases)('$method by $who, published: $isPublished: $is', async ({ method, isPublished, who, is }) => {
    const post = await posts.newPost({ isPublished });
    const actor = who === 'nobody' ? undefined : posts[who];
    const body = method === 'PATCH' ? { title: 'Changed' } : undefined;
    expect(await outcome(posts.send(method, `/${post.id}`, actor, body))).toBe(is);
    const after = await postRepository.withDeleted.get(posts.db, post.id);
    expect([after.title === 'Changed', after.isDeleted]).toEqual([is === 200 && method === 'PATCH', is === 204]);
  });

  it('says so of a post that is not there', async () => {
    const deleted = await posts.newPost({ isPublished: true });
    await posts.db.batch((tx) => [postRepository.delete(tx, deleted.id)]);
    for (const id of [NOBODY, deleted.id]) {
      expect(await outcome(posts.send('GET', `/${id}`))).toBe('not_found');
      expect(await outcome(posts.send('PATCH', `/${id}`, posts.superuser, {}))).toBe('not_found');
      expect(await outcome(posts.send('DELETE', `/${id}`, posts.superuser))).toBe('not_found');
    }
  });

  it('takes a session that has ended for none', async () => {
    const stranger = { ...posts.author, headers: { Authorization: 'Bearer nonsense' } };
    const post = await posts.newPost({ isPublished: true });
    expect(await outcome(posts.send('GET', `/${post.id}`, stranger))).toBe(200);
    expect(await outcome(posts.send('POST', '', stranger, input))).toBe('unauthenticated');
  });
});

describe('PATCH /v1/posts/{id}', () => {
  it('changes what is given, and keeps who did', async () => {
    const { send, superuser, author, newPost, db } = posts;
    const post = await newPost();
    const response = await send('PATCH', `/${post.id}`, superuser, { isPublished: true });
    expect(PostView.parse(await response.json())).toMatchObject({ ...input, isPublished: true, version: 2 });
    expect(response.headers.get('ETag')).toBe('"v2"');
    expect(await postRepository.get(db, post.id)).toMatchObject({
      authorId: author.user.id,
      updatedBy: superuser.user.id,
    });
  });

  it('changes nothing for an empty patch', async () => {
    const post = await posts.newPost();
    const response = await posts.send('PATCH', `/${post.id}`, posts.author, {});
    expect(await response.json()).toMatchObject({ version: 1, isPublished: false });
  });

  it.each([{ authorId: NOBODY }, { id: NOBODY }, { isDeleted: true }, { title: null }, { isPublished: 'yes' }])(
    'refuses %o',
    async (patch) => {
      const post = await posts.newPost();
      expect(await outcome(posts.send('PATCH', `/${post.id}`, posts.author, patch))).toBe('invalid_input');
    },
  );
});

describe('conditions', () => {
  it('answers 304 to who has it', async () => {
    const { id } = await posts.newPost({ isPublished: true });
    const first = await posts.send('GET', `/${id}`);
    const headers = { 'If-None-Match': first.headers.get('ETag') ?? '' };
    expect((await posts.send('GET', `/${id}`, undefined, undefined, headers)).status).toBe(304);
    await posts.send('PATCH', `/${id}`, posts.author, { title: 'Another' });
    expect((await posts.send('GET', `/${id}`, undefined, undefined, headers)).status).toBe(200);
  });

  it.each(['PATCH', 'DELETE'])('lets only the newest version be changed by %s', async (method) => {
    const { id } = await posts.newPost();
    await posts.send('PATCH', `/${id}`, posts.author, { title: 'Somebody was faster' });
    const body = method === 'PATCH' ? { title: 'Too late' } : undefined;
    const send = (tag: string) => posts.send(method, `/${id}`, posts.author, body, { 'If-Match': tag });
    expect(await outcome(send('"v1"'))).toBe('stale_version');
    expect(await outcome(send('"v2"'))).toBe(method === 'PATCH' ? 200 : 204);
  });
});

it.each(['GET', 'PATCH', 'DELETE'])('%s of what is no id: 422', async (method) => {
  expect(await outcome(posts.send(method, '/1', posts.author, method === 'PATCH' ? {} : undefined))).toBe(
    'invalid_input',
  );
});
