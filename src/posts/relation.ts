import { toMany } from '../db/relations.ts';
import { posts } from './table.ts';

/** The most posts that are read with one author. */
const LIMIT = 100;

/** An author's posts, newest first, drafts among them: `userRepository.get(db, id, { with: { posts: postsOfAuthor } })`. */
export const postsOfAuthor = toMany(posts, 'authorId', { orderBy: ['-createdAt'], limit: LIMIT });
