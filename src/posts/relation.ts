import * as z from 'zod/mini';
import { mapRelation, toMany } from '../db/relations.ts';
import type { Included } from '../users/includes.ts';
import { presentPost } from './presenter.ts';
import { PostView } from './schemas.ts';
import { posts } from './table.ts';

/** The most posts that are read with one author. */
const OF_ONE = 100;

/** And with each of a page of authors: an answer of Neon's holds 10 MiB, and a page 100 users. */
const OF_EACH = 5;

const newest = (limit: number) => toMany(posts, 'authorId', { orderBy: ['-createdAt'], limit });
const shown = (relation: ReturnType<typeof newest>) => mapRelation(relation, (written) => written.map(presentPost));

/** An author's posts, newest first, drafts among them: `userRepository.get(db, id, { with: { posts: postsOfAuthor } })`. */
export const postsOfAuthor = newest(OF_ONE);

/** `?include=posts` of users: those who may read a user may read all that they wrote. */
export const includedPosts: Included<PostView[]> = {
  ofOne: shown(postsOfAuthor),
  ofEach: shown(newest(OF_EACH)),
  view: z.array(PostView).check(z.describe(`The newest ${OF_ONE}; in a list of users the newest ${OF_EACH} of each`)),
};
