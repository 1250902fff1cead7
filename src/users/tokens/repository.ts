import { and, eq, inArray, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Session, Transaction } from '../../db/database.ts';
import { purge } from '../../db/purge.ts';
import { changeOne } from '../../db/repository/change.ts';
import { Repository } from '../../db/repository.ts';
import type { Statement } from '../../db/statement.ts';
import { type User, users } from '../table.ts';
import { type MailPurpose, type MailToken, mailTokens } from './table.ts';
import { hashToken, tokenOf } from './token.ts';

const MINUTE_MS = 60_000;

/** How long a link is good. OWASP ASVS 5.0 (6.5.5) allows 10 minutes for what lets somebody in; the others only show an address. */
export const LIFETIME_MS: Readonly<Record<MailPurpose, number>> = {
  verify_email: 24 * 60 * MINUTE_MS,
  change_email: 60 * MINUTE_MS,
  reset_password: 10 * MINUTE_MS,
};

/** A token that can be used, and whose it is. */
export interface Usable {
  readonly token: MailToken;
  readonly user: User;
}

/** For whom a link is, and at which address. */
export interface Recipient {
  readonly userId: string;
  readonly email: string;
}

/** The row of a new link, of a new id unless one is given. */
export async function newMailToken(secret: string, purpose: MailPurpose, { userId, email }: Recipient, id = uuidv7()) {
  const tokenHash = await hashToken(await tokenOf(secret, { purpose, id }));
  return { id, userId, email, purpose, tokenHash, expiresAt: new Date(Date.now() + LIFETIME_MS[purpose]) };
}

export class MailTokenRepository extends Repository<typeof mailTokens> {
  constructor() {
    super(mailTokens, { name: 'mail token' });
  }

  /** What the token is good for: one of these purposes, not used, not expired, and its user active. */
  findUsable(session: Session, tokenHash: Uint8Array, purposes: MailPurpose[]): Statement<Usable | undefined> {
    return session
      .statement((q) =>
        q
          .select({ token: mailTokens, user: users })
          .from(mailTokens)
          .innerJoin(users, eq(users.id, mailTokens.userId))
          .where(
            and(
              eq(mailTokens.tokenHash, tokenHash),
              inArray(mailTokens.purpose, purposes),
              usable,
              sql`${users.isActive} and not ${users.isDeleted}`,
            ),
          ),
      )
      .map(([found]) => found);
  }

  /** Uses the token up. Throws `not_found`, which undoes a batch, if somebody was faster or it has expired. */
  use(tx: Transaction, id: string): Statement<unknown> {
    const once = { required: true, only: usable };
    return changeOne<MailToken>(tx, this.entity, id, { set: sql`used_at = now()` }, once);
  }

  /** Removes tokens that expired a day ago, at most 5,000 at a time; gives their number. */
  purgeExpired(tx: Transaction): Statement<number> {
    return purge(tx, mailTokens.id, sql`${mailTokens.expiresAt} < now() - interval '1 day'`);
  }
}

const usable = sql`${mailTokens.usedAt} is null and ${mailTokens.expiresAt} > now()`;

export const mailTokenRepository = new MailTokenRepository();
