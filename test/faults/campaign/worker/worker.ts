import { createApp } from '../../../../src/app.ts';
import { perform } from '../perform.ts';

/** workerd's own, of which Node's types know nothing. */
declare function addEventListener(type: 'unhandledrejection', listener: (event: { reason: unknown }) => void): void;

addEventListener('unhandledrejection', ({ reason }) => console.error('UNHANDLED', reason));

let newest: { readonly name: string; readonly app: ReturnType<typeof createApp> } | undefined;

/** One application for as long as the variables stay the same, as a Worker has. */
function appOf(variables: Record<string, string>) {
  const name = JSON.stringify(variables);
  if (newest?.name !== name) newest = { name, app: createApp(variables) };
  return newest.app;
}

/**
 * Does a write of the data layer (`/_write/NAME`), or serves the application, with the variables that the request brings:
 * each has a database, and a way to it, of its own.
 */
export default {
  async fetch(request: Request, _: unknown, context: object): Promise<Response> {
    const variables = JSON.parse(request.headers.get('x-variables') ?? '{}') as Record<string, string>;
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.startsWith('/_write/')) return appOf(variables).fetch(request, {}, context as never);
    const name = decodeURIComponent(pathname.slice('/_write/'.length));
    return Response.json(await perform(name, searchParams.get('key') ?? '', variables));
  },
};
