import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { parseEnv } from '../../../src/env.ts';
import { AppError } from '../../../src/errors.ts';
import { allowedOrigins } from '../../../src/http/allowed-origins.ts';
import { background } from '../../../src/http/background.ts';
import { jsonOnly } from '../../../src/http/content-type.ts';
import type { AppEnv } from '../../../src/http/context.ts';
import { database } from '../../../src/http/database.ts';
import { idempotency } from '../../../src/http/idempotency/middleware.ts';
import { loadShedding } from '../../../src/http/load-shedding.ts';
import { notFoundHandler } from '../../../src/http/not-found.ts';
import { forWrites } from '../../../src/http/operation.ts';
import { problemHandler } from '../../../src/http/problem.ts';
import { requestLog } from '../../../src/http/request-log.ts';
import { securityHeaders } from '../../../src/http/security-headers.ts';
import { trace } from '../../../src/http/trace.ts';
import { valid } from '../../../src/http/validation.ts';
import { drainAfterResponse } from '../../../src/outbox/after-response.ts';
import { authentication, tokenHashOf } from '../../../src/sessions/authentication.ts';
import type { AccountEnv } from '../../../src/users/actor.ts';
import { Charge, CreateOrder, CreateOrderWithLine, Id, Listing, LogIn, Paging } from './schemas.ts';
import { accounts, charge, createOrder, createOrderWithLine, items, logIn } from './service.ts';
import type { accounts as accountTable } from './tables.ts';

const SECRET = 'a secret of the benchmark';
const NEWEST_FIRST = { orderBy: ['-createdAt'] } as const;

/** The middleware of a request to `/v1`, in the order of `src/app.ts`, over the bench's tables. */
const app = new Hono<AppEnv>();
app.onError(problemHandler);
app.notFound(notFoundHandler(app));
app.use(trace());
app.use(securityHeaders());
app.use(background());
app.use(requestLog());
app.use(function environment(c, next) {
  c.set('env', parseEnv(c.env));
  return next();
});
app.use(allowedOrigins());
app.use(loadShedding());
app.use(forWrites(bodyLimit({ maxSize: 64 * 1024, onError: tooLarge })));
app.use(database());
app.use(drainAfterResponse(neverDrained));
app.use(jsonOnly({ forms: [] }));

const api = new Hono<AccountEnv>().use(authentication()).use(idempotency<AccountEnv>(tokenHashOf));
api.get('/accounts/:id', valid('param', Id), async (c) => {
  return c.json(present(await accounts.get(c.get('db'), c.req.valid('param').id)));
});
api.get('/accounts', valid('query', Listing), async (c) => {
  const page = await accounts.list(c.get('db'), c.req.valid('query'));
  return c.json({ items: page.items.map(present), total: page.total });
});
api.post('/orders', valid('json', CreateOrder), async (c) => {
  return c.json(await createOrder(c.get('db'), c.req.valid('json')), 201);
});
api.post('/orders/with-line', valid('json', CreateOrderWithLine), async (c) => {
  return c.json(await createOrderWithLine(c.get('db'), c.req.valid('json')), 201);
});
api.post('/charges', valid('json', Charge), async (c) => {
  return c.json(await charge(c.get('db'), c.req.valid('json')), 201);
});
api.post('/sessions', valid('json', LogIn), async (c) => {
  return c.json({ token: await logIn(c.get('db'), c.req.valid('json')) }, 201);
});
api.get('/items', valid('query', Paging), async (c) => {
  const { limit, offset, cursor } = c.req.valid('query');
  if (offset !== undefined) {
    return c.json({ items: await items.all(c.get('db'), { ...NEWEST_FIRST, limit, offset }) });
  }
  return c.json(await items.page(c.get('db'), { ...NEWEST_FIRST, limit, cursor, secret: SECRET }));
});

app.route('/', api);

function present({ hashedPassword: _, ...account }: typeof accountTable.$inferSelect) {
  return account;
}

/** Nothing here enqueues anything. */
function neverDrained(): never {
  throw new Error('Nothing was enqueued');
}

function tooLarge(): never {
  throw new AppError('payload_too_large', 'The body is larger than 64 KiB');
}

export default app;
