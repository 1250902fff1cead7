import { Hono } from 'hono';
import { etagOf, ifMatch } from '../http/etag.ts';
import { describe } from '../http/operation.ts';
import { originOf } from '../http/origin.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from './actor.ts';
import { deleteUser, purgeUser, restoreUser, updateUser } from './administration.ts';
import { presentUser } from './presenter.ts';
import { AddUser, UpdateUser, UserId, UserView } from './schemas.ts';
import { addUser } from './service.ts';

/** What superusers do with accounts. After the routes of `/users/me`, which `:id` would take. */
export const adminRoutes = new Hono<AccountEnv>()
  .post(
    '/admin/users',
    describe({
      summary: 'Add a user',
      success: { status: 201, description: 'The new user', body: UserView, headers: ['Location', 'ETag'] },
      errors: ['email_taken', 'username_taken'],
    }),
    signedIn('superuser'),
    valid('json', AddUser),
    async (c) => {
      const user = await addUser(c.get('db'), originOf(c), c.get('actor'), c.req.valid('json'), c.get('env'));
      return c.json(presentUser(user), 201, { Location: `/v1/users/${user.id}`, ETag: etagOf(user.version) });
    },
  )
  .patch(
    '/users/:id',
    describe({
      summary: 'Change a user',
      description: 'One who is deactivated is signed out everywhere. There must be a superuser left.',
      success: { status: 200, description: 'The user, changed', body: UserView, headers: ['ETag'] },
      errors: ['not_found', 'username_taken', 'conflict'],
    }),
    signedIn('superuser'),
    valid('param', UserId),
    ifMatch('required'),
    valid('json', UpdateUser),
    async (c) => {
      const { db, actor, expected } = c.var;
      const user = await updateUser(db, originOf(c), actor, c.req.valid('param').id, c.req.valid('json'), expected);
      return c.json(presentUser(user), 200, { ETag: etagOf(user.version) });
    },
  )
  .delete(
    '/users/:id',
    describe({
      summary: 'Delete a user',
      description: 'They can be restored. There must be a superuser left.',
      success: { status: 204, description: 'Deleted, and signed out everywhere' },
      errors: ['not_found', 'conflict'],
    }),
    signedIn('superuser'),
    valid('param', UserId),
    ifMatch(),
    async (c) => {
      await deleteUser(c.get('db'), originOf(c), c.get('actor'), c.req.valid('param').id, c.get('expected'));
      return c.body(null, 204);
    },
  )
  .post(
    '/users/:id/restore',
    describe({
      summary: 'Restore a deleted user',
      success: { status: 200, description: 'The user', body: UserView, headers: ['ETag'] },
      errors: ['not_found', 'email_taken', 'username_taken'],
    }),
    signedIn('superuser'),
    valid('param', UserId),
    ifMatch(),
    async (c) => {
      const user = await restoreUser(
        c.get('db'),
        originOf(c),
        c.get('actor'),
        c.req.valid('param').id,
        c.get('expected'),
      );
      return c.json(presentUser(user), 200, { ETag: etagOf(user.version) });
    },
  )
  .delete(
    '/users/:id/permanently',
    describe({
      summary: 'Remove a deleted user for good',
      description: 'With all that is theirs. They must be deleted first.',
      success: { status: 204, description: 'Removed' },
      errors: ['not_found'],
    }),
    signedIn('superuser'),
    valid('param', UserId),
    ifMatch(),
    async (c) => {
      await purgeUser(c.get('db'), originOf(c), c.get('actor'), c.req.valid('param').id, c.get('expected'));
      return c.body(null, 204);
    },
  );
