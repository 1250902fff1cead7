import { AppError, ERROR_CODES, type ErrorCode } from '../errors.ts';
import { isWrite } from '../http/operation.ts';
import type { DescribedRoute } from './routes.ts';
import type { JsonSchema } from './schemas.ts';

/** RFC 9457, with this service's extensions. */
export const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'An error, as RFC 9457 has it. Clients tell errors apart by `code`.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', examples: ['urn:kura:error:not_found'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The path of the request' },
    code: { type: 'string', enum: [...ERROR_CODES] },
    requestId: { type: 'string', description: 'Names the request in the log' },
    errors: {
      type: 'array',
      description: 'Everything that is wrong with the input',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string', examples: ['body.email'] }, message: { type: 'string' } },
      },
    },
  },
};

/** What any route that asks the database can fail with, through nobody's fault but ours. */
const FAULTS: readonly ErrorCode[] = ['configuration', 'internal', 'query_failed'];
const OUTAGES: readonly ErrorCode[] = [
  'overloaded',
  'statement_timeout',
  'deadline_exceeded',
  'connection_lost',
  'too_many_connections',
  'unavailable',
];
const OUTAGES_OF_WRITES: readonly ErrorCode[] = [
  ...OUTAGES,
  'serialization_failure',
  'deadlock',
  'lock_not_available',
  'read_only',
  'commit_unknown',
];

/** Why a write may be refused before its route is reached. */
const REFUSED_WRITES: readonly ErrorCode[] = ['foreign_origin', 'unsupported_media_type', 'payload_too_large'];

const inOrder = (codes: readonly ErrorCode[]): ErrorCode[] => ERROR_CODES.filter((code) => codes.includes(code));

/** The names of answers that hold more than one code. */
const COMMON: Readonly<Record<string, string>> = {
  [String(inOrder(FAULTS))]: 'ServerError',
  [String(inOrder(OUTAGES))]: 'Outage',
  [String(inOrder(OUTAGES_OF_WRITES))]: 'OutageOfWrite',
};

/** Every error that a route can answer with: its own, and those of what it goes through. */
export function errorsOf(route: DescribedRoute): ErrorCode[] {
  const codes = [...route.errors];
  if (route.path.startsWith('/v1/')) {
    codes.push(...FAULTS, ...(isWrite(route) ? [...OUTAGES_OF_WRITES, ...REFUSED_WRITES] : OUTAGES));
  }
  return inOrder(codes);
}

/** The problem+json answers, each with its closed list of codes; those that many routes have are components. */
export class Problems {
  readonly components: Record<string, object> = {};

  /** The answers of a route, one per status. */
  of(route: DescribedRoute): Record<string, object> {
    const byStatus = Map.groupBy(errorsOf(route), (code) => new AppError(code).status);
    return Object.fromEntries([...byStatus].map(([status, codes]) => [status, this.#response(status, codes)]));
  }

  #response(status: number, codes: readonly ErrorCode[]): object {
    const [code] = codes;
    const name = codes.length === 1 && code ? new AppError(code).name : COMMON[String(codes)];
    const response = problemResponse(status, codes);
    if (name === undefined) return response;
    this.components[name] = response;
    return { $ref: `#/components/responses/${name}` };
  }
}

function problemResponse(status: number, codes: readonly ErrorCode[]): object {
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }],
    type: 'object',
    properties: { status: { const: status }, code: { type: 'string', enum: codes } },
  };
  const examples = Object.fromEntries(codes.map((code) => [code, { value: example(code) }]));
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: headersOf(status, codes),
    content: { 'application/problem+json': { schema, examples } },
  };
}

function headersOf(status: number, codes: readonly ErrorCode[]): Record<string, object> {
  const retry = status === 503 || status === 429 || codes.includes('idempotency_in_progress');
  return {
    'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
    ...(retry && { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }),
    ...(status === 401 && { 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } }),
  };
}

function example(code: ErrorCode): object {
  const { status, title } = new AppError(code);
  const errors = code === 'invalid_input' && { errors: [{ path: 'body.email', message: 'must be an e-mail address' }] };
  return {
    type: `urn:kura:error:${code}`,
    title,
    status,
    detail: title,
    instance: '/v1/…',
    code,
    requestId: 'ed3451b2-47a7-4c0e-8a19-5bfe130c8ef1',
    ...errors,
  };
}
