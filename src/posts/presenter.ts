import type { PostView } from './schemas.ts';
import type { Post } from './table.ts';

/** The only way a post leaves. */
export function presentPost(post: Post): PostView {
  return {
    id: post.id,
    authorId: post.authorId,
    title: post.title,
    body: post.body,
    isPublished: post.isPublished,
    createdAt: post.createdAt.toISOString(),
    updatedAt: post.updatedAt.toISOString(),
    version: post.version,
  };
}
