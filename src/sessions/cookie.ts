import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';

/** The prefix `__Host-` makes a browser keep it to this very host, over TLS (RFC 6265bis, 4.1.3.2). */
const NAME = '__Host-session';

export const sessionCookie = (c: Context): string | undefined => getCookie(c, NAME);

/**
 * Has the browser keep the token where no script reads it. Lax: links from elsewhere arrive signed in, and no other site's
 * form or script does. A token is letters, digits, `-` and `_`, so it stands as it is.
 */
export function setSessionCookie(c: Context, token: string, maxHours: number): void {
  const attributes = 'Path=/; HttpOnly; Secure; SameSite=Lax';
  c.header('Set-Cookie', `${NAME}=${token}; Max-Age=${maxHours * 3600}; ${attributes}`);
}

export const clearSessionCookie = (c: Context): void => setSessionCookie(c, '', 0);
