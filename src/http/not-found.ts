import type { Hono, NotFoundHandler } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import { AppError } from '../errors.ts';
import type { AppEnv } from './context.ts';
import { renderProblem } from './problem.ts';

/** 404 for an unknown path; 405 with `Allow` for a known one (RFC 9110, 15.5.6). */
export function notFoundHandler(app: Hono<AppEnv>): NotFoundHandler<AppEnv> {
  let router: TrieRouter<string> | undefined;
  return (c) => {
    router ??= methodsByPath(app);
    const allowed = new Set(router.match('ALL', c.req.path)[0].map(([method]) => method));
    if (allowed.size === 0) return renderProblem(c, new AppError('not_found', 'There is nothing at this path'));
    if (allowed.has('GET')) allowed.add('HEAD');
    const Allow = [...allowed].sort().join(', ');
    return renderProblem(c, new AppError('method_not_allowed', `This path takes ${Allow}`), { Allow });
  };
}

function methodsByPath(app: Hono<AppEnv>): TrieRouter<string> {
  const router = new TrieRouter<string>();
  for (const { method, path } of app.routes) if (method !== 'ALL') router.add('ALL', path, method);
  return router;
}
