import type { Context, MiddlewareHandler } from 'hono';
import { toBase64Url } from '../db/bytes.ts';
import { AppError } from '../errors.ts';
import type { AccountEnv, Actor } from '../users/actor.ts';
import { sessionCookie } from './cookie.ts';
import { sessionRepository } from './repository.ts';
import { hashToken } from './token.ts';

/** `c.var.findActor`: who asks, by a bearer token or by the cookie. Nothing is asked of the database before it is called. */
export function authentication(): MiddlewareHandler<AccountEnv> {
  return function authentication(c, next) {
    let actor: Promise<Actor | undefined> | undefined;
    c.set('findActor', () => {
      actor ??= findActor(c);
      return actor;
    });
    return next();
  };
}

/**
 * The hash of the token that was sent, whether there is a session with it or not, or not any more; nothing is asked of the database,
 * and nothing is said of who may do what.
 */
export async function tokenHashOf(c: Context<AccountEnv>): Promise<string | undefined> {
  const token = bearerToken(c) ?? sessionCookie(c);
  return token === undefined ? undefined : toBase64Url(await hashToken(token));
}

async function findActor(c: Context<AccountEnv>): Promise<Actor | undefined> {
  const token = bearerToken(c) ?? cookieToken(c);
  if (token === undefined) return undefined;
  const { outside } = c.get('db'); // a session is in use whatever becomes of the request
  const db = outside.primary; // a replica may not know yet that the session has ended
  const live = await sessionRepository.findLive(db, await hashToken(token), c.get('env').SESSION_IDLE_HOURS);
  if (!live) return undefined;
  const { user, sessionId, stale } = live;
  c.set('actorId', user.id);
  if (stale) c.get('background')(outside.batch((tx) => [sessionRepository.touch(tx, sessionId)]).catch(() => {}));
  return { user, sessionId };
}

/** RFC 6750, 2.1. */
const bearerToken = (c: Context<AccountEnv>): string | undefined =>
  /^Bearer +([\w.~+/-]+=*) *$/i.exec(c.req.header('Authorization') ?? '')?.[1];

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A browser sends the cookie with requests that other sites make, so one that writes must come from a page of ours. */
function cookieToken(c: Context<AccountEnv>): string | undefined {
  const token = sessionCookie(c);
  if (token !== undefined && !SAFE_METHODS.has(c.req.method) && !isOurs(c)) {
    throw new AppError('foreign_origin', 'A request with the session cookie must come from a page of this site');
  }
  return token;
}

function isOurs(c: Context<AccountEnv>): boolean {
  const { PUBLIC_URL, CORS_ORIGINS } = c.get('env');
  const origin = c.req.header('Origin');
  if (origin === undefined) return c.req.header('Sec-Fetch-Site') === 'same-origin';
  return [new URL(c.req.url).origin, new URL(PUBLIC_URL).origin, ...CORS_ORIGINS].includes(origin);
}
