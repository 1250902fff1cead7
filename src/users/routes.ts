import { Hono } from 'hono';
import { etagOf, ifMatch, ifNoneMatch } from '../http/etag.ts';
import { describe } from '../http/operation.ts';
import { originOf } from '../http/origin.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from './actor.ts';
import { presentUser } from './presenter.ts';
import { changePassword, deleteProfile, updateProfile } from './profile.ts';
import { ChangePassword, CreateUser, DeleteProfile, UpdateProfile, UserView } from './schemas.ts';
import { createUser } from './service.ts';

/** What users do with their own account. */
export const userRoutes = new Hono<AccountEnv>()
  .post(
    '/users',
    describe({
      summary: 'Register',
      success: { status: 201, description: 'The new user', body: UserView, headers: ['Location', 'ETag'] },
      errors: ['email_taken', 'username_taken'],
    }),
    valid('json', CreateUser),
    async (c) => {
      const user = await createUser(c.get('db'), originOf(c), c.req.valid('json'), c.get('env'));
      return c.json(presentUser(user), 201, { Location: `/v1/users/${user.id}`, ETag: etagOf(user.version) });
    },
  )
  .get(
    '/users/me',
    describe({
      summary: 'Read myself',
      success: { status: 200, description: 'You', body: UserView, headers: ['ETag'] },
    }),
    ifNoneMatch(),
    signedIn(),
    (c) => c.json(presentUser(c.get('actor').user), 200, { ETag: etagOf(c.get('actor').user.version) }),
  )
  .patch(
    '/users/me',
    describe({
      summary: 'Change my profile',
      success: { status: 200, description: 'You, changed', body: UserView, headers: ['ETag'] },
      errors: ['username_taken'],
    }),
    signedIn(),
    ifMatch(),
    valid('json', UpdateProfile),
    async (c) => {
      const { db, actor, expected } = c.var;
      const user = await updateProfile(db, originOf(c), actor, c.req.valid('json'), expected);
      return c.json(presentUser(user), 200, { ETag: etagOf(user.version) });
    },
  )
  .delete(
    '/users/me',
    describe({
      summary: 'Delete my account',
      description:
        'Asks for the password again. A superuser can restore the account; the last one cannot delete their own.',
      success: { status: 204, description: 'Deleted, and signed out everywhere' },
      errors: ['wrong_password', 'too_many_requests', 'conflict'],
    }),
    signedIn(),
    ifMatch(),
    valid('json', DeleteProfile),
    async (c) => {
      const { db, actor, expected } = c.var;
      await deleteProfile(db, originOf(c), actor, c.req.valid('json').password, expected);
      return c.body(null, 204);
    },
  )
  .post(
    '/users/me/password',
    describe({
      summary: 'Change my password',
      description: 'All other sessions end, and the user gets a mail.',
      success: { status: 204, description: 'Changed' },
      errors: ['wrong_password', 'too_many_requests', 'stale_version'],
    }),
    signedIn(),
    valid('json', ChangePassword),
    async (c) => {
      await changePassword(c.get('db'), originOf(c), c.get('actor'), c.req.valid('json'), c.get('env'));
      return c.body(null, 204);
    },
  );
