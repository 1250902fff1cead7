import { crudRoutes } from '../resources/crud-routes.ts';
import { presentPost } from './presenter.ts';
import { CreatePost, PostQuery, PostView, UpdatePost } from './schemas.ts';
import { postService } from './service.ts';

export const postRoutes = crudRoutes(postService, {
  one: 'a post',
  many: 'posts',
  query: PostQuery,
  create: CreatePost,
  update: UpdatePost,
  view: PostView,
  present: presentPost,
  errors: { list: ['unauthenticated'] },
});
