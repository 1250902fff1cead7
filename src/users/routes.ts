import { Hono } from 'hono';
import { describe } from '../http/operation.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from './actor.ts';
import { presentUser } from './presenter.ts';
import { CreateUser, UserId, UserView } from './schemas.ts';
import { createUser, getUser } from './service.ts';

export const userRoutes = new Hono<AccountEnv>()
  .post(
    '/users',
    describe({
      summary: 'Register',
      success: { status: 201, description: 'The new user', body: UserView, headers: ['Location'] },
      errors: ['email_taken', 'username_taken'],
    }),
    valid('json', CreateUser),
    async (c) => {
      const user = await createUser(c.var.db, c.req.valid('json'), c.var.env.BCRYPT_COST);
      return c.json(presentUser(user), 201, { Location: `/v1/users/${user.id}` });
    },
  )
  .get(
    '/users/me',
    describe({ summary: 'Read myself', success: { status: 200, description: 'You', body: UserView } }),
    signedIn(),
    (c) => c.json(presentUser(c.var.actor.user)),
  )
  .get(
    '/users/:id',
    describe({
      summary: 'Read a user',
      success: { status: 200, description: 'The user', body: UserView },
      errors: ['forbidden', 'not_found'],
    }),
    signedIn(),
    valid('param', UserId),
    async (c) => {
      const user = await getUser(c.var.db, c.var.actor, c.req.valid('param').id);
      return c.json(presentUser(user));
    },
  );
