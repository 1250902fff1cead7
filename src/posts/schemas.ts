import * as z from 'zod/mini';
import { flag } from '../db/filters/operand.ts';
import { listQuery } from '../db/query-string.ts';
import { pageFields } from '../http/paging.ts';
import { text } from '../http/validation.ts';
import { posts } from './table.ts';

const title = text().check(z.trim(), z.minLength(1, 'must not be empty'), z.maxLength(200));
const body = text().check(z.minLength(1, 'must not be empty'), z.maxLength(20_000));

/** What writing a post takes; a draft, unless it says otherwise. */
export const CreatePost = z.strictObject({ title, body, isPublished: z.optional(z.boolean()) });
export type CreatePost = z.infer<typeof CreatePost>;

export const UpdatePost = z.partial(CreatePost);

/** A post as the API shows one. */
export const PostView = z.object({
  id: z.uuid(),
  authorId: z.uuid(),
  title: z.string(),
  body: z.string(),
  isPublished: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  version: z.int(),
});
export type PostView = z.infer<typeof PostView>;

export const PostQuery = listQuery(
  posts,
  {
    filter: {
      authorId: ['eq'],
      title: ['iContains'],
      isPublished: ['eq'],
      createdAt: ['gte', 'lt'],
    },
    sort: ['createdAt', 'updatedAt', 'title'],
  },
  {
    ...pageFields(),
    mine: z.optional(flag).check(z.describe("Whether only one's own, drafts among them")),
    search: z
      .optional(text().check(z.minLength(1, 'must not be empty'), z.maxLength(200)))
      .check(z.describe('Words, "phrases", -exclusions and OR, as web search engines take them')),
  },
);
export type PostQuery = z.infer<typeof PostQuery>;
