import reference from '@scalar/fastify-api-reference';

/** Where the plugin serves its one script, which needs nothing else. */
const SCRIPT = '/docs/js/scalar.js';

const NOTICE = '/*! Scalar API reference. MIT licence, copyright Scalar. https://github.com/scalar/scalar */\n';

interface Route {
  readonly url: string;
  readonly handler: (request: unknown, reply: Reply) => string;
}

interface Reply {
  header(name: string, value: string): Reply;
  send(body: string): string;
}

/**
 * Scalar's API reference as one script. Its plugin for Fastify carries it in 5 MB; the package that it is built in installs
 * 280 MB of what is bundled already. So a stand-in for a Fastify server asks the plugin for the script.
 */
export function rendererScript(): string {
  const routes: Route[] = [];
  const server = { initialConfig: {}, hasPlugin: () => false, route: (route: Route) => routes.push(route) };
  reference(server as never, { routePrefix: '/docs', configuration: { url: '/openapi.json' } }, () => {});
  const reply: Reply = { header: () => reply, send: (body) => body };
  const script = routes.find(({ url }) => url === SCRIPT)?.handler(undefined, reply);
  if (!script) throw new Error(`@scalar/fastify-api-reference does not serve ${SCRIPT} any more`);
  return NOTICE + script.replace(/\/\/# sourceMappingURL=.*\s*$/, '');
}
