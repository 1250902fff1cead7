import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { AppEnv } from '../http/context.ts';
import { invalidInput, problem } from '../http/validation.ts';
import { presentUser } from './presenter.ts';
import { CreateUser, UserView } from './schemas.ts';
import { createUser, getUser } from './service.ts';

const json = <T>(schema: T) => ({ 'application/json': { schema } });

const register = createRoute({
  method: 'post',
  path: '/users',
  tags: ['users'],
  summary: 'Register',
  request: { body: { required: true, content: json(CreateUser) } },
  responses: {
    201: { description: 'The new user; `Location` is its address', content: json(UserView) },
    400: problem('The email or the username is taken, or the body is not JSON'),
    413: problem('The body is larger than 64 KiB'),
    415: problem('The body is not sent as application/json'),
    422: problem('The input is not valid: `errors` lists every path'),
    503: problem('The database cannot answer'),
  },
});

const read = createRoute({
  method: 'get',
  path: '/users/{id}',
  tags: ['users'],
  summary: 'Read a user',
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: { description: 'The user', content: json(UserView) },
    404: problem('There is no such user'),
    422: problem('The id is not a UUID'),
    503: problem('The database cannot answer'),
  },
});

export const userRoutes = new OpenAPIHono<AppEnv>({ defaultHook: invalidInput })
  .openapi(register, async (c) => {
    const user = await createUser(c.var.db, c.req.valid('json'), c.var.env.BCRYPT_COST);
    return c.json(presentUser(user), 201, { Location: `/v1/users/${user.id}` });
  })
  .openapi(read, async (c) => c.json(presentUser(await getUser(c.var.db, c.req.valid('param').id)), 200));
