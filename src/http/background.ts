import type { MiddlewareHandler } from 'hono';
import type { AppContext, AppEnv, Background } from './context.ts';

/**
 * `c.var.background`: on Workers the work goes on after the response (`waitUntil`); a runtime without that, as Lambda,
 * freezes the process with the response, so it waits for the work first. The request itself is such work: workerd would
 * drop it, and its log line, as soon as the client goes away.
 */
export function background(): MiddlewareHandler<AppEnv> {
  return async function background(c, next) {
    const works: Promise<unknown>[] = [];
    const background = afterResponse(c) ?? ((work) => works.push(work));
    c.set('background', background);
    const handled = next();
    background(handled.catch(() => {}));
    await handled;
    if (works.length > 0) await Promise.allSettled(works);
  };
}

function afterResponse(c: AppContext): Background | undefined {
  try {
    const { executionCtx } = c; // throws where the runtime has none
    return (work) => executionCtx.waitUntil(work);
  } catch {
    return undefined;
  }
}
