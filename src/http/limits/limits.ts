import { type SQL, sql } from 'drizzle-orm';
import type { Session, Transaction } from '../../db/database.ts';
import { purge } from '../../db/purge.ts';
import type { Statement } from '../../db/statement.ts';
import { AppError } from '../../errors.ts';
import { limits } from './table.ts';

/** How often something may be tried in a window of time that begins with the first try. */
export interface Limit {
  /** What is limited, as `log-in by name`; unlike any other limit's. */
  readonly name: string;
  readonly most: number;
  readonly windowMs: number;
}

/** One try, and by what it counts. */
export interface Attempt {
  readonly limit: Limit;
  /** An account's id, a network (`originOf(c).network`), an address; or an expression of text that the database computes. */
  readonly subject: string | SQL;
  /** One that a statement before this has counted, in the same batch: unless that is admitted, this is neither counted nor answered. */
  readonly within?: Attempt;
}

/** What became of one. */
export interface Admission {
  readonly admitted: boolean;
  /** Whether it is the first that is refused in the window; later ones tell nothing new. */
  readonly passes: boolean;
  /** ms until the window ends, by the database's clock. */
  readonly resetsInMs: number;
}

/**
 * Counts a try under each of these limits, all different, in one statement and by the database's clock; however many come
 * at once, exactly `most` are admitted in a window. One that is refused does not lengthen it. Run it on `db.outside`, where
 * it counts whatever becomes of the request, beside the read that has to be made anyway:
 *
 *     const [admissions, user] = await db.outside.batch((tx) => [count(tx, attempts), userRepository.findByEmail(tx, email)]);
 *     assertAdmitted(admissions);
 */
export function count(session: Session, attempts: readonly Attempt[]): Statement<Admission[]> {
  return counting(session, attempts, sql`true`);
}

/**
 * As `count`, where all that is tried is one batch: in it, and all of it or nothing is saved. Throws `too_many_requests` if the try is
 * refused; what must count although the batch is not saved, as a wrong password, is counted by `count`.
 */
export function admit(tx: Transaction, attempts: readonly Attempt[]): Statement<unknown> {
  const wait = sql`ceil(extract(epoch from "resets_at" - now()) * 1000)::text`;
  return counting(tx, attempts, sql`case when "count" <= "most" then true else kura_fail('KU429', ${wait}) end`);
}

function counting(session: Session, attempts: readonly Attempt[], where: SQL): Statement<Admission[]> {
  const rows = attempts.map((attempt, i) => {
    const { most, windowMs } = attempt.limit;
    const wanted = isWanted(attempt);
    return sql`(${i}::int, ${keyOf(attempt)}, ${most}::int, ${windowMs}::float8 * interval '1 ms', ${wanted})`;
  });
  const values = sql`(values ${sql.join(rows, sql`, `)}) as "asked" ("i", "key", "most", "window", "wanted")`;
  const asked = sql`select * from ${values} where "wanted"`;
  // Sorted: whoever locks rows of several limits does so in the same order, so that no two wait for each other.
  const counted = sql`insert into ${limits} ("key", "count", "resets_at")
    select "key", 1, now() + "window" from "asked" order by "key"
    on conflict ("key") do update set
      "count" = case when ${limits.resetsAt} <= now() then 1 else ${limits.count} + 1 end,
      "resets_at" = case when ${limits.resetsAt} <= now() then excluded."resets_at" else ${limits.resetsAt} end
    returning "key", "count", "resets_at"`;
  return session.statement((q) =>
    q
      .with(q.$with('asked', {}).as(asked), q.$with('counted', {}).as(counted))
      .select({
        admitted: sql<boolean>`"count" <= "most"`,
        passes: sql<boolean>`"count" = "most" + 1`,
        resetsInMs: sql`extract(epoch from "resets_at" - now()) * 1000`.mapWith(Number),
      })
      .from(sql`"asked" join "counted" using ("key")`)
      .where(where)
      .orderBy(sql`"i"`),
  );
}

/** Throws `too_many_requests`, with the time after which it is of use to try again, unless all are admitted. */
export function assertAdmitted(admissions: readonly Omit<Admission, 'passes'>[]): void {
  const waits = admissions.filter(({ admitted }) => !admitted).map(({ resetsInMs }) => resetsInMs);
  if (waits.length === 0) return;
  throw new AppError('too_many_requests', 'That was tried too often; try again later', {
    retryAfterMs: Math.max(...waits),
  });
}

/** Begins to count anew, as after a log-in that was right. */
export function forget(tx: Transaction, attempts: readonly Attempt[]): Statement<unknown> {
  const keys = sql.join(attempts.map(keyOf), sql`, `);
  return tx.statement((q) => q.delete(limits).where(sql`${limits.key} in (${keys})`));
}

/** Removes counts whose window is over, at most 5,000 at a time; gives their number. */
export const purgeLimits = (tx: Transaction): Statement<number> =>
  purge(tx, limits.key, sql`${limits.resetsAt} <= now()`);

/** Whether those it is within were admitted, by statements before in this transaction, which has their rows locked since. */
const isWanted = ({ within }: Attempt): SQL =>
  within ? sql`${isWanted(within)} and ${isAdmitted(within)}` : sql`true`;

const isAdmitted = (attempt: Attempt): SQL =>
  sql`(select ${limits.count} <= ${attempt.limit.most}::int from ${limits} where ${limits.key} = ${keyOf(attempt)})`;

/** Hashed, so that it is short, and keeps nothing that somebody typed into the wrong field. */
const keyOf = ({ limit, subject }: Attempt): SQL =>
  sql`${`${limit.name}:`}::text || encode(sha256(convert_to(${subject}, 'UTF8')), 'hex')`;
