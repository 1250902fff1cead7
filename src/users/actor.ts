import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import type { AppEnv } from '../http/context.ts';
import { describing } from '../http/operation.ts';
import type { User } from './table.ts';

/** Who asks: a user that is active, and the session by which that is known. */
export interface Actor {
  readonly user: User;
  readonly sessionId: string;
}

/** What the routes of a feature find in `c.var`, beside what all do. */
export interface AccountEnv extends AppEnv {
  Variables: AppEnv['Variables'] & {
    /** Who asks, or `undefined`. The first call asks the database, in one round trip; the rest give the same. */
    findActor: () => Promise<Actor | undefined>;
  };
}

/** The context behind `signedIn()`. */
export interface SignedInEnv extends AccountEnv {
  Variables: AccountEnv['Variables'] & { actor: Actor };
}

/** Lets nobody pass who is not signed in; the handler finds them in `c.var.actor`. What they may do, the service decides. */
export function signedIn(access: 'user' | 'superuser' = 'user'): MiddlewareHandler<SignedInEnv> {
  return describing(
    async function signedIn(c, next) {
      const actor = await c.get('findActor')();
      if (!actor) throw new AppError('unauthenticated', 'Sign in first: there is no session, or it has ended');
      c.set('actor', actor);
      await next();
    },
    { access, errors: access === 'user' ? ['unauthenticated'] : ['unauthenticated', 'forbidden'] },
  );
}

/** Throws `forbidden` unless the actor is a superuser. */
export function assertSuperuser({ user }: Actor): void {
  if (!user.isSuperuser) throw new AppError('forbidden', 'Only a superuser may do this');
}

/** Throws `forbidden` unless the actor is this user, or a superuser. */
export function assertSelf({ user }: Actor, userId: string): void {
  if (user.id !== userId && !user.isSuperuser) throw new AppError('forbidden', 'This belongs to somebody else');
}
