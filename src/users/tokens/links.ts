import type { Database } from '../../db/database.ts';
import { AppError, isAppError } from '../../errors.ts';
import { mailTokenRepository, type Usable } from './repository.ts';
import type { MailPurpose } from './table.ts';
import { hashToken } from './token.ts';

const USELESS = 'The link was used already, has expired, or was never right';

/** What a mailed token is good for. Throws `invalid_token`, which says no more than that. */
export async function findUsable(db: Database, token: string, purposes: MailPurpose[]): Promise<Usable> {
  const found = await mailTokenRepository.findUsable(db.primary, await hashToken(token), purposes);
  if (!found) throw new AppError('invalid_token', USELESS);
  return found;
}

/** The error of a batch that uses a token up: somebody was faster, or the address is another by now. */
export function spent(error: unknown): never {
  if (isAppError(error, 'not_found')) throw new AppError('invalid_token', USELESS, { cause: error });
  throw error;
}

/** The condition that a user still has the address to which the link went. */
export const at = (email: string) => ({ where: { email: { iEq: email } } });
