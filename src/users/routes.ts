import { Hono } from 'hono';
import type { AppEnv } from '../http/context.ts';
import { valid } from '../http/validation.ts';
import { presentUser } from './presenter.ts';
import { CreateUser, UserId } from './schemas.ts';
import { createUser, getUser } from './service.ts';

export const userRoutes = new Hono<AppEnv>()
  .post('/users', valid('json', CreateUser), async (c) => {
    const user = await createUser(c.var.db, c.req.valid('json'), c.var.env.BCRYPT_COST);
    return c.json(presentUser(user), 201, { Location: `/v1/users/${user.id}` });
  })
  .get('/users/:id', valid('param', UserId), async (c) => {
    const user = await getUser(c.var.db, c.req.valid('param').id);
    return c.json(presentUser(user));
  });
