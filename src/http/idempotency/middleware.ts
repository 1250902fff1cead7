import type { Context, MiddlewareHandler, Next } from 'hono';
import * as z from 'zod/mini';
import { toBase64Url } from '../../db/bytes.ts';
import type { Database } from '../../db/database.ts';
import { unitOfWork } from '../../db/joined.ts';
import { AppError, isAppError } from '../../errors.ts';
import type { AppContext, AppEnv } from '../context.ts';
import { count, type Limit } from '../limits/limits.ts';
import { describing, isWrite, type Operation } from '../operation.ts';
import { answerOf, decodeAnswer, encodeAnswer, forgetAnswer, responseOf } from './answer.ts';
import { HEADER, parseKey } from './key.ts';
import { claimKey, findAnswer, KEYS_TABLE, saveAnswer, spoilAnswer } from './repository.ts';
import { type KeyedRequest, keyedRequest } from './request.ts';
import { seal, unseal } from './seal.ts';

/**
 * A write with an `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header-07) has one effect, however often it is
 * sent: what it writes and its answer are saved in one transaction, and the answer is given again for 24 hours. Keys are
 * scoped to the route and to what `callerOf` gives: a text of its own for each session. An answer of 400 or above undoes everything.
 */
export function idempotency<E extends AppEnv>(
  callerOf: (c: Context<E>) => Promise<string | undefined>,
): MiddlewareHandler<E> {
  return describing(async function idempotency(context: Context<E>, next) {
    const header = context.req.header(HEADER);
    if (header === undefined || !isWrite(context.req)) return next();
    const key = parseKey(header);
    const c = context as unknown as AppContext; // an E has all that an AppEnv has
    const request = await keyedRequest(c, key, await callerOf(context));
    return (await replay(c, request)) ?? runOnce(c, next, request);
  }, OPERATION);
}

/** What OpenAPI says of each write because of this. */
const OPERATION: Operation = {
  writesOnly: true,
  request: { header: z.object({ [HEADER]: z.optional(z.string()) }) },
  errors: ['invalid_input', 'idempotency_in_progress', 'idempotency_mismatch'],
};

/** The answer that was given before. Throws `idempotency_mismatch` if that was to something else. */
async function replay(c: AppContext, request: KeyedRequest): Promise<Response | undefined> {
  const found = await findAnswer(c.get('db').primary, request);
  if (!found) return undefined;
  if (!found.fingerprint.every((byte, i) => byte === request.fingerprint[i])) {
    if (request.anonymous) await limitGuesses(c.get('db').outside, request);
    throw new AppError('idempotency_mismatch', 'This key was used for another request: each has a key of its own');
  }
  return responseOf(c, decodeAnswer(await unseal(c.get('env').SECRET_KEY, request, found.sealed)));
}

/** How often anybody may send another request with a key that was used, until its answer is given to nobody any more. */
const GUESSES: Limit = { name: 'idempotency key', most: 10, windowMs: 24 * 3_600_000 };

/** A key that is easy to guess must not be a way to try passwords past the limits of the log-in (ASVS 5.0, 6.3.1). */
async function limitGuesses(db: Database, request: KeyedRequest): Promise<void> {
  const [guess] = await count(db, [{ limit: GUESSES, subject: toBase64Url(request.keyHash) }]);
  if (!guess?.admitted) await db.batch((tx) => [spoilAnswer(tx, request)]);
}

/** Runs the handler as one unit of work, and saves its answer with it. */
async function runOnce(c: AppContext, next: Next, request: KeyedRequest): Promise<void> {
  const { db, env } = c.var;
  const work = unitOfWork(db, (tx) => claimKey(tx, request));
  c.set('db', work.database);
  try {
    await next().finally(() => c.set('db', db));
    if (!c.error && c.res.status < 400) {
      const sealed = await seal(env.SECRET_KEY, request, encodeAnswer(await answerOf(c.res)));
      return await work.commit((q) => saveAnswer(q, request, sealed));
    }
    await work.rollback();
    if (!isTaken(c.error)) return;
    forgetAnswer(c);
  } catch (error) {
    await work.rollback();
    forgetAnswer(c);
    if (!isTaken(error)) throw error;
  }
  const known = await replay(c, request);
  if (!known) throw new AppError('idempotency_in_progress', 'A request with this key is under way');
  c.error = undefined;
  c.res = known;
}

/** Whether another request with the key is under way, or was committed since it was looked for. */
function isTaken(error: unknown): boolean {
  if (isAppError(error, 'idempotency_in_progress')) return true;
  if (isAppError(error, 'conflict') && error.table === KEYS_TABLE) return true; // two at once, in an older snapshot
  return error instanceof Error && isTaken(error.cause);
}
