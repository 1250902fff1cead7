import { Hono } from 'hono';
import * as z from 'zod/mini';
import { etagOf, ifNoneMatch } from '../http/etag.ts';
import { describe } from '../http/operation.ts';
import { pageView } from '../http/paging.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from './actor.ts';
import { listUsers } from './administration.ts';
import { type Includes, includeField, presentUserWith, userWithView } from './includes.ts';
import { UserId, userList } from './schemas.ts';
import { getUser } from './service.ts';
import type { User } from './table.ts';

/**
 * Reading users: oneself, and all for superusers, with what other features let be read with them. After the routes of
 * `/users/me`, which `:id` would take.
 */
export function userReadRoutes<I extends Includes>(includes: I) {
  const view = userWithView(includes);
  return new Hono<AccountEnv>()
    .get(
      '/users',
      describe({
        summary: 'List users',
        success: { status: 200, description: 'A page of users', body: pageView(view) },
        errors: ['invalid_cursor'],
      }),
      signedIn('superuser'),
      valid('query', userList(includeField(includes, 'ofEach'))),
      async (c) => {
        const present = (user: User) => presentUserWith(user, includes);
        return c.json(
          await listUsers(c.get('db'), c.get('actor'), c.req.valid('query'), c.get('env').SECRET_KEY, present),
        );
      },
    )
    .get(
      '/users/:id',
      describe({
        summary: 'Read a user',
        success: { status: 200, description: 'The user', body: view, headers: ['ETag'] },
        errors: ['forbidden', 'not_found'],
      }),
      ifNoneMatch(),
      signedIn(),
      valid('param', UserId),
      valid('query', z.strictObject({ include: includeField(includes, 'ofOne') })),
      async (c) => {
        const { include: relations } = c.req.valid('query');
        const user = await getUser(c.get('db'), c.get('actor'), c.req.valid('param').id, relations);
        return c.json(presentUserWith(user, includes), 200, relations ? {} : { ETag: etagOf(user.version) });
      },
    );
}
