import * as z from 'zod/mini';
import { mapRelation, toMany } from '../db/relations.ts';
import type { Included } from '../users/includes.ts';
import { presentPost } from './presenter.ts';
import { PostView } from './schemas.ts';
import { posts } from './table.ts';

/** The most posts that are read with one author. */
const LIMIT = 100;

/** An author's posts, newest first, drafts among them: `userRepository.get(db, id, { with: { posts: postsOfAuthor } })`. */
export const postsOfAuthor = toMany(posts, 'authorId', { orderBy: ['-createdAt'], limit: LIMIT });

/** `?include=posts` of users: those who may read a user may read all that they wrote. */
export const includedPosts: Included<PostView[]> = {
  relation: mapRelation(postsOfAuthor, (written) => written.map(presentPost)),
  view: z.array(PostView),
};
