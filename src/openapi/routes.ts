import type * as z from 'zod/mini';
import { AppError, type ErrorCode } from '../errors.ts';
import { isWrite, type Operation, operationOf, type Part } from '../http/operation.ts';

/** What hono knows of a route, or of a middleware, whose method is `ALL`. */
interface RouterRoute {
  readonly method: string;
  readonly path: string;
  readonly handler: object;
}

/** A route with all that its middlewares say of it. */
export interface DescribedRoute extends Omit<Operation, 'request' | 'errors'> {
  readonly method: string;
  /** As hono writes it: `/v1/users/:id`. */
  readonly path: string;
  readonly summary: string;
  readonly success: NonNullable<Operation['success']>;
  readonly errors: readonly ErrorCode[];
  /** The schemas of one part of the request: what matches has to match all of them. */
  request(part: Part): readonly z.core.$ZodType[];
}

/** Pages are no part of the API. */
const isPublic = ({ path }: RouterRoute): boolean => !/^\/(_dev|account)\//.test(path);

/**
 * The routes of an application, each with the descriptions of all its middlewares joined. Throws `misuse`, naming every
 * route that lacks a summary or a success.
 */
export function describedRoutes(routes: readonly RouterRoute[]): DescribedRoute[] {
  const own = routes.filter((route) => route.method !== 'ALL' && isPublic(route));
  const keys = [...new Set(own.map(keyOf))];
  const joined = keys.map((key) => join(key, routes));
  const faults = joined.flatMap((route) => (typeof route === 'string' ? [route] : []));
  if (faults.length > 0)
    throw new AppError('misuse', `Describe these routes (src/http/operation.ts): ${faults.join('; ')}`);
  return joined.filter((route) => typeof route !== 'string');
}

const keyOf = ({ method, path }: RouterRoute): string => `${method} ${path}`;

/** The route, or what it lacks. */
function join(key: string, routes: readonly RouterRoute[]): DescribedRoute | string {
  const first = routes.findIndex((route) => keyOf(route) === key);
  const [method = '', path = ''] = key.split(' ');
  const before = routes.slice(0, first).filter((route) => route.method === 'ALL' && covers(route.path, path));
  const handlers = [...before, ...routes.filter((route) => keyOf(route) === key)];
  const parts = handlers
    .map(({ handler }) => operationOf(handler))
    .filter(({ writesOnly }) => !writesOnly || isWrite({ method }));
  const { summary, success, ...rest } = Object.assign({}, ...parts) as Operation;
  if (!summary || !success) return `${key} has no ${summary ? 'success' : 'summary'}`;
  const request = (part: Part) => parts.flatMap((each) => each.request?.[part] ?? []);
  const errors = [...new Set(parts.flatMap((each) => each.errors ?? []))];
  return { ...rest, method, path, summary, success, errors, request };
}

/** Whether a middleware mounted at `pattern` is on the way to `path`. */
function covers(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  const open = wanted.at(-1) === '*';
  if (open) wanted.pop();
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((segment, i) => segment === '*' || segment.startsWith(':') || segment === given[i]);
}
