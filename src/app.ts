import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { inboxRoutes } from './email/inbox-routes.ts';
import { parseEnv } from './env.ts';
import { AppError } from './errors.ts';
import { allowedOrigins } from './http/allowed-origins.ts';
import { background } from './http/background.ts';
import { jsonOnly } from './http/content-type.ts';
import type { AppEnv } from './http/context.ts';
import { database } from './http/database.ts';
import { healthRoutes } from './http/health.ts';
import { idempotency } from './http/idempotency/middleware.ts';
import { loadShedding } from './http/load-shedding.ts';
import { notFoundHandler } from './http/not-found.ts';
import { forWrites } from './http/operation.ts';
import { problemHandler } from './http/problem.ts';
import { requestLog } from './http/request-log.ts';
import { securityHeaders } from './http/security-headers.ts';
import { trace } from './http/trace.ts';
import { drainAfterRequest } from './jobs.ts';
import { operationRoutes } from './operations/routes.ts';
import { drainAfterResponse } from './outbox/after-response.ts';
import { includedPosts } from './posts/relation.ts';
import { postRoutes } from './posts/routes.ts';
import { authentication, tokenHashOf } from './sessions/authentication.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { accountRoutes } from './users/account-routes.ts';
import type { AccountEnv } from './users/actor.ts';
import { adminRoutes } from './users/admin-routes.ts';
import { emailRoutes } from './users/email-routes.ts';
import { userReadRoutes } from './users/read-routes.ts';
import { userRoutes } from './users/routes.ts';

const MAX_BODY_BYTES = 64 * 1024;

/**
 * The application, the same on Workers and on Node. `variables` are the environment variables; on Workers, where they
 * arrive with each request, leave them out.
 */
export function createApp(variables?: object): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(problemHandler);
  app.notFound(notFoundHandler(app));

  app.use(trace());
  app.use(securityHeaders());
  app.use(background());
  app.use(requestLog());
  app.use(function environment(c, next) {
    c.set('env', parseEnv(variables ?? c.env));
    return next();
  });
  app.use(allowedOrigins());
  app.use('/v1/*', loadShedding());
  app.use(forWrites(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge })));
  app.use(database());
  app.use(drainAfterResponse(drainAfterRequest));

  if (typeof KURA_DEPLOYED === 'undefined') app.route('/_dev', inboxRoutes());
  app.route('/account', accountRoutes);
  app.use('/v1/*', jsonOnly({ forms: ['/v1/sessions/token'] }));
  mount(app);
  return app;
}

/** The features, each behind the same authentication. */
const api = new Hono<AccountEnv>()
  .use(authentication())
  .use(idempotency<AccountEnv>(tokenHashOf))
  .route('/', userRoutes)
  .route('/', emailRoutes)
  .route('/', userReadRoutes({ posts: includedPosts }))
  .route('/', adminRoutes)
  .route('/', sessionRoutes)
  .route('/posts', postRoutes)
  .route('/', operationRoutes);

const mount = (app: Hono<AppEnv>) => app.route('/health', healthRoutes).route('/v1', api);

/** The routes with what they take and give, for a client. */
export type Api = ReturnType<typeof mount>;

function tooLarge(): never {
  throw new AppError('payload_too_large', 'The body is larger than 64 KiB');
}
