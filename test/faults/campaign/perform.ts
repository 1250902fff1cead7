import { withDatabase } from '../../../src/db/neon.ts';
import { parseEnv } from '../../../src/env.ts';
import { isAppError } from '../../../src/errors.ts';
import { databaseConfig } from '../../../src/http/database.ts';
import { OwnError, writes } from './writes.ts';

/** What whoever asked for a write was told. */
export type Told =
  /** `answer`: status and body of a route's answer, as a digest. */
  { readonly kind: 'ok'; readonly answer?: string } | Refusal | { readonly kind: 'nothing'; readonly because?: string };

interface Refusal {
  readonly kind: 'error';
  readonly code: string;
  readonly detail?: string | undefined;
  readonly because?: string;
  /** Whether a route's answer says when to come back. */
  readonly retryAfter?: boolean;
}

/** Does one of the writes, in whichever runtime this is, and says what came out. Never throws. */
export async function perform(name: string, key: string, variables: Record<string, string>): Promise<Told> {
  try {
    await withDatabase(databaseConfig(parseEnv(variables)), async (db) => writes[name]?.run(db, key));
    return { kind: 'ok' };
  } catch (error) {
    const code = isAppError(error) ? error.code : error instanceof OwnError ? 'own' : 'not an AppError';
    return { kind: 'error', code, because: chain(error).join(' < ') };
  }
}

/** The messages of an error and of all its causes. */
function chain(error: unknown): string[] {
  if (error === undefined) return [];
  return error instanceof Error ? [error.message, ...chain(error.cause)] : [JSON.stringify(error)];
}
