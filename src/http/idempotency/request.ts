import { routePath } from 'hono/route';
import { concat, utf8 } from '../../db/bytes.ts';
import type { AppContext } from '../context.ts';

/** A request with a key, as it is told from others. */
export interface KeyedRequest {
  readonly key: string;
  readonly anonymous: boolean;
  /** SHA-256 of who asks, the route and the key: one effect for each. */
  readonly keyHash: Uint8Array<ArrayBuffer>;
  /** HMAC of what is asked for. Not a plain hash: that of a log-in would let anybody who reads it try passwords. */
  readonly fingerprint: Uint8Array<ArrayBuffer>;
}

/** The request in `c`, of this caller, or of anybody. Reads the body; the handler can read it again. */
export async function keyedRequest(c: AppContext, key: string, caller: string | undefined): Promise<KeyedRequest> {
  const { method, url } = c.req;
  const { pathname, search } = new URL(url);
  const scope = JSON.stringify([caller ?? null, method, routePath(c, -1), key]);
  const head = JSON.stringify(['idempotency', method, pathname, search, c.req.header('Content-Type') ?? null]);
  const body = new Uint8Array(await c.req.arrayBuffer());
  const secret = await crypto.subtle.importKey(
    'raw',
    utf8(c.get('env').SECRET_KEY),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const [keyHash, fingerprint] = await Promise.all([
    crypto.subtle.digest('SHA-256', utf8(scope)),
    crypto.subtle.sign('HMAC', secret, concat(utf8(`${head}\0`), body)), // JSON holds no NUL
  ]);
  const anonymous = caller === undefined;
  return { key, anonymous, keyHash: new Uint8Array(keyHash), fingerprint: new Uint8Array(fingerprint) };
}
