import { type Context, Hono } from 'hono';
import { describe } from '../http/operation.ts';
import { originOf } from '../http/origin.ts';
import { valid } from '../http/validation.ts';
import { type AccountEnv, signedIn } from '../users/actor.ts';
import { presentUser } from '../users/presenter.ts';
import { clearSessionCookie, sessionCookie, setSessionCookie } from './cookie.ts';
import { type Credentials, logIn } from './log-in.ts';
import { presentSession } from './presenter.ts';
import { LoggedIn, LogIn, LogInForm, SessionId, SessionList, TokenView } from './schemas.ts';
import { endOtherSessions, endSession, listSessions, logOut } from './service.ts';

export const sessionRoutes = new Hono<AccountEnv>()
  .post(
    '/sessions',
    describe({
      summary: 'Log in',
      success: { status: 201, description: 'The session, and its token', body: LoggedIn, headers: ['Set-Cookie'] },
      errors: ['invalid_credentials', 'too_many_requests'],
    }),
    valid('json', LogIn),
    async (c) => {
      const { cookie = false, ...credentials } = c.req.valid('json');
      const replaces = cookie ? sessionCookie(c) : undefined;
      const { token, session, user } = await enter(c, { ...credentials, replaces });
      if (cookie) setSessionCookie(c, token, c.get('env').SESSION_MAX_HOURS);
      const secret: Partial<LoggedIn> = cookie ? {} : { token, tokenType: 'Bearer' };
      return c.json({ ...secret, session: presentSession(session, session.id), user: presentUser(user) }, 201);
    },
  )
  .post(
    '/sessions/token',
    describe({
      summary: 'Log in by a form',
      description: "OAuth 2's password grant, by which API tools log in.",
      success: { status: 200, description: 'The token', body: TokenView },
      errors: ['invalid_credentials', 'too_many_requests'],
    }),
    valid('form', LogInForm),
    async (c) => {
      const { username, password } = c.req.valid('form');
      const { token } = await enter(c, { username, password });
      const expires_in = c.get('env').SESSION_MAX_HOURS * 3600;
      return c.json({ access_token: token, token_type: 'bearer' as const, expires_in });
    },
  )
  .get(
    '/sessions',
    describe({
      summary: 'List my sessions',
      success: { status: 200, description: 'Where I am signed in, the newest first', body: SessionList },
    }),
    signedIn(),
    async (c) => {
      const { actor } = c.var;
      const sessions = await listSessions(c.get('db'), actor, c.get('env').SESSION_IDLE_HOURS);
      const items = sessions.map((session) => presentSession(session, actor.sessionId));
      return c.json({ items, next: null, previous: null });
    },
  )
  .delete(
    '/sessions',
    describe({ summary: 'End my other sessions', success: { status: 204, description: 'They have ended' } }),
    signedIn(),
    async (c) => {
      await endOtherSessions(c.get('db'), c.get('actor'), originOf(c));
      return c.body(null, 204);
    },
  )
  .delete(
    '/sessions/current',
    describe({
      summary: 'Log out',
      success: { status: 204, description: 'The session has ended', headers: ['Set-Cookie'] },
    }),
    signedIn(),
    async (c) => {
      await logOut(c.get('db'), c.get('actor'), originOf(c));
      clearSessionCookie(c);
      return c.body(null, 204);
    },
  )
  .delete(
    '/sessions/:id',
    describe({
      summary: 'End one of my sessions',
      success: { status: 204, description: 'It has ended' },
      errors: ['not_found'],
    }),
    signedIn(),
    valid('param', SessionId),
    async (c) => {
      await endSession(c.get('db'), c.get('actor'), originOf(c), c.req.valid('param').id);
      return c.body(null, 204);
    },
  );

/** Logs in, and lets the request's log line say who it was. */
async function enter(c: Context<AccountEnv>, credentials: Credentials) {
  const entered = await logIn({ db: c.get('db'), env: c.get('env'), origin: originOf(c) }, credentials);
  c.set('actorId', entered.user.id);
  return entered;
}
