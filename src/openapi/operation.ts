import { AppError } from '../errors.ts';
import type { Part, Success } from '../http/operation.ts';
import type { Problems } from './problems.ts';
import type { DescribedRoute } from './routes.ts';
import { fieldsOf, type Schemas } from './schemas.ts';

const PLACES = { param: 'path', query: 'query', header: 'header' } as const;
const MEDIA_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

/** What is said of parameters that many routes have. */
const PARAMETERS: Readonly<Record<string, string>> = {
  cursor: '`next` or `previous` of another page',
  limit: 'How many at most',
  offset: 'How many to pass over; then the answer is a page by number, not by cursor',
  total: 'Whether to count them all',
  sort: 'Fields parted by commas; a `-` before one turns its order round',
  'If-Match': 'The `ETag` that was read: what has changed since then is not written',
  'If-None-Match': 'The `ETag` that is known: nothing is sent where it is still the same',
  'Idempotency-Key': 'Whoever sends the same request again with the same key gets the first answer again',
};

/** The ways to sign in, any of which will do; `components.securitySchemes` says what they are. */
const SIGNED_IN = [{ bearer: [] }, { password: [] }, { cookie: [] }];

/** One operation of the document. */
export function operationObject(route: DescribedRoute, schemas: Schemas, problems: Problems): object {
  const { summary, description, access } = route;
  const parameters = (['param', 'query', 'header'] as const).flatMap((part) => parametersOf(route, part));
  const body = bodyOf(route, schemas);
  return {
    operationId: operationId(route),
    tags: [tagOf(route)],
    summary,
    ...describedAs(description, access === 'superuser' && 'For superusers.'),
    security: access ? [...(access === 'optional' ? [{}] : []), ...SIGNED_IN] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: { ...successResponse(route, schemas), ...problems.of(route) },
  };
}

function describedAs(...parts: readonly (string | false | undefined)[]): { description?: string } {
  const description = parts.filter(Boolean).join(' ');
  return description ? { description } : {};
}

/** By method and path, which do not change without breaking clients anyway: `getUsersMe`, `getUsersById`. */
export function operationId({ method, path }: DescribedRoute): string {
  const words = path
    .replace(/^\/v\d+/, '')
    .split(/[/_-]/)
    .filter(Boolean)
    .map((word) => (word.startsWith(':') ? `By${capital(word.slice(1))}` : capital(word)));
  return method.toLowerCase() + words.join('');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The feature: the first part of the path behind the version. */
export const tagOf = ({ path }: { path: string }): string => capital(/^(?:\/v\d+)?\/([^/]+)/.exec(path)?.[1] ?? 'api');

function parametersOf({ method, path, request }: DescribedRoute, part: keyof typeof PLACES): object[] {
  const fields = request(part).flatMap(fieldsOf);
  if (part === 'param') {
    const known = new Set(fields.map(([name]) => name));
    const missing = [...path.matchAll(/:(\w+)/g)].find(([, name = '']) => !known.has(name));
    if (missing) throw new AppError('misuse', `${method} ${path}: no schema says what ${missing[0]} is`);
  }
  return fields.map(([name, schema, required]) => {
    const description = schema.description ?? PARAMETERS[name];
    return { name, in: PLACES[part], ...(description && { description }), ...(required && { required }), schema };
  });
}

function bodyOf({ request }: DescribedRoute, schemas: Schemas): object | undefined {
  const content = (['json', 'form'] as const).flatMap((part: Part & keyof typeof MEDIA_TYPES) =>
    request(part).map((schema) => [MEDIA_TYPES[part], { schema: schemas.of(schema, 'input') }]),
  );
  return content.length > 0 ? { required: true, content: Object.fromEntries(content) } : undefined;
}

function successResponse({ success, notModified }: DescribedRoute, schemas: Schemas): Record<string, object> {
  const { status, description, body } = success;
  const headers = headersOf(success, notModified);
  const content = body && { 'application/json': { schema: schemas.of(body, 'output') } };
  return {
    [status]: { description, headers, ...(content && { content }) },
    ...(notModified && { 304: { description: 'What the client has is still the same', headers } }),
  };
}

function headersOf(success: Success, notModified = false): Record<string, object> {
  const names = new Set<string>(['X-Request-Id', ...(success.headers ?? []), ...(notModified ? ['ETag'] : [])]);
  return Object.fromEntries([...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
