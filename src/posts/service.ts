import type { Where } from '../db/filters.ts';
import { AppError } from '../errors.ts';
import { CrudService } from '../resources/crud-service.ts';
import type { Actor } from '../users/actor.ts';
import { postRepository } from './repository.ts';
import type { CreatePost, PostQuery } from './schemas.ts';
import type { posts } from './table.ts';

type Posts = Where<typeof posts>;

const published: Posts = { isPublished: true };
const by = ({ user }: Actor): Posts => ({ authorId: user.id });

/** Everybody reads what is published, authors their drafts too; authors write their own. A superuser may do all of it. */
export const postService = new CrudService<typeof posts, CreatePost, PostQuery>(postRepository, {
  readers: 'everybody',
  readable: (actor) => (actor ? unlessSuperuser(actor, { or: [published, by(actor)] }) : published),
  listed: (actor, { mine, search }) => {
    const listed = mine ? by(signedIn(actor)) : actor ? unlessSuperuser(actor, published) : published;
    return search === undefined ? listed : { and: [listed, postRepository.matching(search)] };
  },
  changeable: (actor) => unlessSuperuser(actor, by(actor)),
  row: (actor, input) => ({ ...input, authorId: actor.user.id }),
  order: ['-createdAt'],
});

const unlessSuperuser = ({ user }: Actor, where: Posts): Posts => (user.isSuperuser ? {} : where);

function signedIn(actor: Actor | undefined): Actor {
  if (!actor) throw new AppError('unauthenticated', 'Sign in to see your own');
  return actor;
}
