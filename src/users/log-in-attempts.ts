import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import type { Statement } from '../db/statement.ts';
import { type Admission, type Attempt, count, forget, type Limit } from '../http/limits/limits.ts';

const WINDOW_MS = 15 * 60_000;

/** Ten guesses in a quarter of an hour are 350,000 a year, of passwords that are none of the common ones. */
const BY_NAME_AND_NETWORK: Limit = { name: 'log-in by name and network', most: 10, windowMs: WINDOW_MS };

/**
 * Guesses from many networks. So many that nobody keeps the owner out from a few (ASVS 5, 6.1.1: no malicious lock-out); what one
 * network is refused does not count.
 */
const BY_NAME: Limit = { name: 'log-in by name', most: 100, windowMs: WINDOW_MS };

/** One guess for each of many accounts. A hundred, as a whole office may share an address. Not forgotten by a success. */
const BY_NETWORK: Limit = { name: 'log-in by network', most: 100, windowMs: WINDOW_MS };

/**
 * By the name as it was typed, in any case, whether anybody has it or not: were an account's username and address counted as one, the
 * first guess at the one would tell of those at the other, and so that the two are the same account's.
 */
function attemptsOf(network: string, name: string): [Attempt, Attempt, Attempt] {
  const any = { limit: BY_NETWORK, subject: network };
  const near = { limit: BY_NAME_AND_NETWORK, subject: sql`${`${network} `}::text || lower(${name})`, within: any };
  return [any, near, { limit: BY_NAME, subject: sql`lower(${name})`, within: near }];
}

/** The statements that count a log-in, for a batch; it is admitted if all say so. A network that is refused leaves no row of a name. */
export function countLogIn(tx: Transaction, network: string, name: string) {
  const [any, near, all] = attemptsOf(network, name);
  const first: Statement<Admission[]> = count(tx, [any]);
  return [first, count(tx, [near]), count(tx, [all])] as const;
}

/** The statements that count anew for these names: in the order in which the counts are locked. */
export const forgetLogIns = (tx: Transaction, network: string, ...names: string[]): Statement<unknown>[] =>
  names.flatMap((name) =>
    attemptsOf(network, name)
      .slice(1)
      .map((attempt) => forget(tx, [attempt])),
  );
