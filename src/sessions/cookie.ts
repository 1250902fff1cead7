import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

/** The prefix `__Host-` makes a browser keep it to this very host, over TLS (RFC 6265bis, 4.1.3.2). */
const NAME = '__Host-session';

/** Lax: links from elsewhere arrive signed in, and no other site's form or script does. */
const ATTRIBUTES = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const;

export const sessionCookie = (c: Context): string | undefined => getCookie(c, NAME);

/** Has the browser keep the token where no script reads it. */
export function setSessionCookie(c: Context, token: string, maxHours: number): void {
  setCookie(c, NAME, token, { ...ATTRIBUTES, maxAge: maxHours * 3600 });
}

export function clearSessionCookie(c: Context): void {
  deleteCookie(c, NAME, ATTRIBUTES);
}
