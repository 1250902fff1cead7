import { createApp } from '../../../../src/app.ts';
import { perform } from '../perform.ts';

/** workerd's own, of which Node's types know nothing. */
declare function addEventListener(type: 'unhandledrejection', listener: (event: { reason: unknown }) => void): void;

addEventListener('unhandledrejection', ({ reason }) => console.error('UNHANDLED', reason));

const app = createApp();

/** The most cases that run side by side, with room. */
const MOST = 256;

const known = new Map<string, Record<string, string>>();

/** The variables of a case: one object for as long as it runs, as a Worker's bindings are for all its requests. */
function variablesOf(header: string): Record<string, string> {
  const found = known.get(header);
  if (found) return found;
  if (known.size === MOST) known.clear();
  const variables = JSON.parse(header) as Record<string, string>;
  known.set(header, variables);
  return variables;
}

/**
 * Does a write of the data layer (`/_write/NAME`), or serves the application, with the variables that the request brings:
 * each has a database, and a way to it, of its own.
 */
export default {
  async fetch(request: Request, _: unknown, context: object): Promise<Response> {
    const variables = variablesOf(request.headers.get('x-variables') ?? '{}');
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith('/_write/')) return app.fetch(request, variables, context as never);
    const name = decodeURIComponent(pathname.slice('/_write/'.length));
    return Response.json(await perform(name, searchParams.get('key') ?? '', variables));
  },
};
