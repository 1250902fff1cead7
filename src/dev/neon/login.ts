import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from './errors.ts';
import type { Login } from './upstream.ts';

/**
 * Who logs in, from the `Neon-Connection-String` header; its host and port do not matter here. Throws ProxyError 400
 * with Neon's messages (`ConnInfoError` in proxy/src/serverless/error.rs).
 */
export function parseLogin(headers: IncomingHttpHeaders): Login {
  const header = headers['neon-connection-string'];
  if (typeof header !== 'string') throw new ProxyError(400, 'invalid header: neon-connection-string');
  if (!URL.canParse(header)) throw new ProxyError(400, 'invalid connection string: not a URL');
  const url = new URL(header);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw new ProxyError(400, 'incorrect scheme');
  const user = decode(url.username);
  if (user === '') throw new ProxyError(400, 'missing username');
  // Neon's own proxy takes a bearer token only where it is set up as an authentication broker.
  if (url.password === '' || headers.authorization !== undefined) {
    throw new ProxyError(400, 'missing authentication credentials: required password');
  }
  return {
    user,
    password: decode(url.password),
    database: decode(url.pathname.split('/')[1] ?? '') || user,
    applicationName: url.searchParams.get('application_name') ?? undefined,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ProxyError(400, 'invalid connection string: malformed percent-encoding');
  }
}
