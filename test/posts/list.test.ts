import { beforeAll, describe, expect, it } from 'vitest';
import { pageView } from '../../src/http/paging.ts';
import { postRepository } from '../../src/posts/repository.ts';
import { PostView } from '../../src/posts/schemas.ts';
import type { SignedIn } from '../support/sign-in.ts';
import { openPosts, outcome } from './fixture.ts';

const View = pageView(PostView);

let posts: Awaited<ReturnType<typeof openPosts>>;
beforeAll(async () => {
  posts = await openPosts();
  const { newPost, other } = posts;
  await newPost({ title: 'Apples', body: 'Keeping them over winter', isPublished: true });
  await newPost({ title: 'Bread', body: 'Baking with apples and nuts', isPublished: true });
  await newPost({ title: 'Cider', body: 'A draft on pressing', isPublished: false });
  await newPost({ title: 'Dates', body: 'Drying fruit', isPublished: true, authorId: other.user.id });
  await newPost({ title: 'Elder', body: 'Another draft', isPublished: false, authorId: other.user.id });
  const gone = await newPost({ title: 'Figs', isPublished: true });
  await posts.db.batch((tx) => [postRepository.delete(tx, gone.id)]);
});

async function list(query: string, who?: SignedIn) {
  const response = await posts.send('GET', `?${query}`, who);
  expect(response.status).toBe(200);
  return View.parse(await response.json());
}
const titles = async (query: string, who?: SignedIn) => (await list(query, who)).items.map(({ title }) => title);

describe('a list', () => {
  it('shows everybody what is published, newest first', async () => {
    expect(await titles('')).toEqual(['Dates', 'Bread', 'Apples']);
    expect(await titles('', posts.author)).toEqual(['Dates', 'Bread', 'Apples']);
  });

  it('shows a superuser the drafts too', async () => {
    expect(await titles('sort=title', posts.superuser)).toEqual(['Apples', 'Bread', 'Cider', 'Dates', 'Elder']);
  });

  it('shows authors their own, if they ask', async () => {
    expect(await titles('mine=true&sort=title', posts.author)).toEqual(['Apples', 'Bread', 'Cider']);
    expect(await titles('mine=true&filter[isPublished]=false', posts.other)).toEqual(['Elder']);
    expect(await titles('mine=false', posts.author)).toHaveLength(3);
    expect(await outcome(posts.send('GET', '?mine=true'))).toBe('unauthenticated');
  });

  it.each([
    ['filter[title][iContains]=A&sort=title', ['Apples', 'Bread', 'Dates']],
    ['filter[isPublished]=false', []],
    ['filter[createdAt][lt]=2020-01-01', []],
    ['filter[createdAt][gte]=2020-01-01&sort=-title&limit=1', ['Dates']],
    ['offset=1&sort=title', ['Bread', 'Dates']],
  ])('%s', async (query, expected) => {
    expect(await titles(query)).toEqual(expected);
  });

  it('is of one author', async () => {
    expect(await titles(`filter[authorId]=${posts.other.user.id}`)).toEqual(['Dates']);
  });

  it('has pages by position that change with nobody’s writing', async () => {
    const first = await list('limit=2&total=true');
    expect(first).toMatchObject({ total: 3, previous: null });
    const cursor = 'next' in first ? first.next : null;
    expect(await titles(`limit=2&cursor=${cursor}`)).toEqual(['Apples']);
    expect(await outcome(posts.send('GET', `?sort=title&cursor=${cursor}`))).toBe('invalid_cursor');
    expect(await outcome(posts.send('GET', `?mine=true&cursor=${cursor}`, posts.author))).toBe('invalid_cursor');
  });

  it.each(['filter[body]=x', 'sort=body', 'limit=101', 'search=', 'search=%00', 'page=2', 'mine=1'])(
    '?%s: 422',
    async (query) => {
      expect(await outcome(posts.send('GET', `?${query}`))).toBe('invalid_input');
    },
  );
});

describe('a search', () => {
  it.each([
    ['apple', ['Bread', 'Apples']],
    ['baked apples', ['Bread']],
    ['"apples and nuts"', ['Bread']],
    ['apples -nuts', ['Apples']],
    ['winter OR fruit', ['Dates', 'Apples']],
    ['draft', []],
    ['the', []],
    [`'); drop table posts; --`, []],
    ['" & ! ( <-> :*', []],
  ])('for %s', async (search, expected) => {
    expect(await titles(`search=${encodeURIComponent(search)}`)).toEqual(expected);
  });

  it('finds one’s drafts among one’s own', async () => {
    expect(await titles('search=press&mine=true', posts.author)).toEqual(['Cider']);
    expect(await titles('search=press&mine=true', posts.other)).toEqual([]);
  });

  it('follows what is changed, and is nothing that changes a post by itself', async () => {
    const { db, author } = posts;
    const { id } = await posts.newPost({ title: 'Grapes' });
    const mine = (word: string) => titles(`search=${word}&mine=true`, author);
    await db.batch((tx) => [postRepository.update(tx, id, { body: 'For raisins' })]);
    expect([await mine('raisin'), await mine('stable')]).toEqual([['Grapes'], []]);
    const [same] = await db.batch((tx) => [postRepository.update(tx, id, { body: 'For raisins' })]);
    expect(same).toMatchObject({ version: 2 });
    expect(same).not.toHaveProperty('search');
  });
});
