import { AppError } from '../errors.ts';
import { operationId, operationObject, tagOf } from './operation.ts';
import { PROBLEM, Problems } from './problems.ts';
import { describedRoutes } from './routes.ts';
import { Schemas } from './schemas.ts';

const HEADERS = {
  'X-Request-Id': { description: 'Names the request in the log', schema: { type: 'string' } },
  'Retry-After': {
    description: 'Seconds before which trying again is of no use',
    schema: { type: 'integer', minimum: 1 },
  },
  'WWW-Authenticate': { description: 'How to sign in (RFC 9110, 11.6.1)', schema: { type: 'string' } },
  ETag: { description: 'Names this version of it (RFC 9110, 8.8.3)', schema: { type: 'string', examples: ['"v3"'] } },
  Location: { description: 'Where what was made is found', schema: { type: 'string' } },
  'Set-Cookie': { description: 'The session, or its end', schema: { type: 'string' } },
};

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer', description: 'The token that logging in gave.' },
  password: {
    type: 'oauth2',
    description: 'Log in by username or e-mail address.',
    flows: { password: { tokenUrl: '/v1/sessions/token', scopes: {} } },
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-session',
    description: 'For browsers. A request that writes must come from a page of this site.',
  },
};

const ABOUT = `Errors are \`application/problem+json\` (RFC 9457); each operation lists the codes it can answer with.
Times are ISO 8601 in UTC. Ids are UUIDs whose order is that of their making.
Lists are read page by page: \`?cursor=\` takes \`next\` or \`previous\` of the answer before.`;

/** The OpenAPI 3.1 document of an application. Throws `misuse`, naming the route, if one is not described. */
export async function openapiDocument(app: {
  readonly routes: Parameters<typeof describedRoutes>[0];
}): Promise<object> {
  const routes = describedRoutes(app.routes);
  const schemas = await Schemas.ofFeatures();
  const problems = new Problems();
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationObject(route, schemas, problems) };
  }
  const ids = routes.map(operationId);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice) throw new AppError('misuse', `Two operations are called ${twice}`);
  const features = routes.toSorted((a, b) => Number(b.path.startsWith('/v1/')) - Number(a.path.startsWith('/v1/')));
  const tags = [...new Set(features.map(tagOf))].map((name) => ({
    name,
    description: `All under ${roots(routes, name)}.`,
  }));
  return {
    openapi: '3.1.1',
    info: { title: 'Kura', version: '1', description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    tags,
    paths,
    components: {
      schemas: { ...sorted(schemas.components), Problem: PROBLEM },
      responses: sorted(problems.components),
      headers: used(HEADERS, JSON.stringify([paths, problems.components])),
      securitySchemes: SECURITY,
    },
  };
}

/** The paths a tag stands for, as "`/v1/users`". */
function roots(routes: readonly { path: string }[], tag: string): string {
  const found = routes.filter((route) => tagOf(route) === tag).map(({ path }) => /^(\/v\d+)?\/[^/]+/.exec(path)?.[0]);
  return [...new Set(found)].map((root) => `\`${root}\``).join(', ');
}

/** The headers that somewhere are referred to. */
const used = (headers: object, references: string): object =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => references.includes(`#/components/headers/${name}"`)));

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
