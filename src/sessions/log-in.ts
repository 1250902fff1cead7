import { v7 as uuidv7 } from 'uuid';
import { record } from '../audit/record.ts';
import type { Database } from '../db/database.ts';
import type { Env } from '../env.ts';
import { AppError, isAppError } from '../errors.ts';
import { assertAdmitted } from '../http/limits/limits.ts';
import type { Origin } from '../http/origin.ts';
import { verified } from '../users/crud.ts';
import { countLogIn, forgetLogIns } from '../users/log-in-attempts.ts';
import { costOf, hashPassword } from '../users/password.ts';
import { userRepository } from '../users/repository.ts';
import type { User } from '../users/table.ts';
import { sessionRepository } from './repository.ts';
import type { SessionRow } from './table.ts';
import { hashToken, newToken } from './token.ts';

/** Beyond that, the session that was used longest ago ends (ASVS 5, 7.1.2). */
const MAX_SESSIONS = 100;

/** A browser's has some 120 characters; the rest is of no use to whoever reads the list of their sessions. */
const MAX_USER_AGENT = 256;

/** How often a log-in begins again because the account was changed under it. */
const MAX_TRIES = 5;

export interface Credentials {
  /** Or e-mail address. */
  readonly username: string;
  readonly password: string;
  /** The token of the session that the new one takes the place of. */
  readonly replaces?: string | undefined;
}

export interface LogIn {
  /** Seen here alone. */
  readonly token: string;
  readonly session: SessionRow;
  readonly user: User;
}

/** What a log-in is made on, beside the credentials. */
interface Context {
  readonly db: Database;
  readonly env: Env;
  readonly origin: Origin;
}

/**
 * Begins a session, in two round trips: one counts the attempt and finds the user, the other saves. Throws
 * `too_many_requests`, and `invalid_credentials` without a difference between an unknown user, a wrong password and a user
 * who may not sign in; either is audited, the former once in a window for each limit.
 */
export async function logIn(context: Context, credentials: Credentials): Promise<LogIn> {
  const { db, origin } = context;
  const [any, near, all, user] = await db.outside.batch((tx) => [
    ...countLogIn(tx, origin.network, credentials.username),
    userRepository.findByLogin(tx, credentials.username),
  ]);
  const admissions = [...any, ...near, ...all];
  try {
    assertAdmitted(admissions);
    return await begin(context, credentials, user);
  } catch (error) {
    const isNews = isAppError(error, 'too_many_requests') && admissions.some(({ passes }) => passes);
    if (isNews || isAppError(error, 'invalid_credentials')) {
      const details = { reason: error.code };
      await db.outside.batch((tx) => [record(tx, origin, { event: 'session.refused', userId: user?.id, details })]);
    }
    throw error;
  }
}

/** Verifies the password and saves the session; again, with the user as they are then, if somebody has changed them meanwhile. */
async function begin(context: Context, credentials: Credentials, found: User | undefined, tries = 1): Promise<LogIn> {
  const user = await verified(found, credentials.password, context.env.BCRYPT_COST);
  if (!user?.isActive) throw new AppError('invalid_credentials');
  try {
    return await save(context, credentials, user);
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    if (tries === MAX_TRIES) throw new AppError('serialization_failure', undefined, { cause: error });
    const latest = await userRepository.findByLogin(context.db.outside.primary, credentials.username);
    return begin(context, credentials, latest, tries + 1);
  }
}

/** One batch. Throws `not_found` if the user is no longer as they were verified. */
async function save(
  { db, env, origin }: Context,
  { username, password, replaces }: Credentials,
  { id: userId, hashedPassword: hashed }: User,
): Promise<LogIn> {
  const hashedPassword = costOf(hashed) < env.BCRYPT_COST ? await hashPassword(password, env.BCRYPT_COST) : undefined;
  const token = newToken();
  const started = {
    id: uuidv7(),
    userId,
    tokenHash: await hashToken(token),
    userAgent: origin.userAgent?.slice(0, MAX_USER_AGENT).toWellFormed() ?? null,
    address: origin.address,
    maxHours: env.SESSION_MAX_HOURS,
  };
  const replaced = replaces === undefined ? undefined : await hashToken(replaces);
  const [user, [session]] = await db.batch(
    (tx) => [
      // Locks the user: a change of the password at this very moment comes before, and is seen, or ends this session too.
      userRepository.update(tx, userId, { hashedPassword }, { where: { hashedPassword: hashed, isActive: true } }),
      sessionRepository.start(tx, started),
      ...(replaced ? [sessionRepository.deleteMany(tx, { tokenHash: replaced })] : []),
      sessionRepository.endBeyond(tx, userId, MAX_SESSIONS),
      ...forgetLogIns(tx, origin.network, username),
      record(tx, origin, { event: 'session.created', userId, actorId: userId, details: { sessionId: started.id } }),
    ],
    hashedPassword === undefined ? {} : { settings: { 'app.keep_sessions': 'all' } },
  );
  if (!session) throw new AppError('internal');
  return { token, session, user };
}
