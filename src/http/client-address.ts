import type { RequestContext } from './context.ts';

/** Where nobody says who calls, as in tests: the unspecified address. All such callers count as one. */
const UNKNOWN = '0.0.0.0';

/**
 * The address of who called, for the audit, as the platform vouches for it: on Lambda the event's, on Workers
 * `CF-Connecting-IP`, which Cloudflare sets itself. Never `X-Forwarded-For`, which any client can begin as it likes.
 */
export function clientAddress(c: RequestContext): string {
  const { requestContext } = (c.env ?? {}) as { requestContext?: LambdaContext };
  if (requestContext) return requestContext.http?.sourceIp ?? requestContext.identity?.sourceIp ?? UNKNOWN;
  return c.req.header('CF-Connecting-IP') ?? UNKNOWN;
}

/** The part of a Lambda event that API Gateway fills in: payload format 2.0 (and function URLs), and 1.0. */
interface LambdaContext {
  readonly http?: { readonly sourceIp?: string };
  readonly identity?: { readonly sourceIp?: string };
}

/**
 * What a limit counts by: an IPv4 address, or the /64 that an IPv6 address is in. One subscriber has at least a /64 (RFC
 * 4291, 2.5.1; RFC 6177) and takes a new address in it as often as it likes (RFC 8981): each would begin to count anew.
 */
export function clientNetwork(c: RequestContext): string {
  const address = clientAddress(c);
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1]; // IPv4 on an IPv6 socket
  return mapped ?? `${prefixOf(address)}::/64`;
}

/** The first four of an IPv6 address's eight groups, in one spelling. */
function prefixOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
