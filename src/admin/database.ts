import { hostname } from 'node:os';
import type { Database } from '../db/database.ts';
import { withDatabase } from '../db/neon.ts';
import { startNeonProxy } from '../dev/neon-proxy.ts';
import { type Env, parseEnv } from '../env.ts';
import type { Origin } from '../http/origin.ts';
import { describeUrl, transportOf } from '../migrations/database/address.ts';
import { withTarget } from '../migrations/database/target.ts';

/** Who did it, for the audit: nobody who is signed in, but somebody at this machine. */
export const origin: Origin = {
  requestId: 'npm run admin',
  address: hostname(),
  network: hostname(),
  userAgent: undefined,
};

/** The service's database, its settings as far as they matter here, and where it is, without its password. */
export interface Accounts {
  readonly db: Database;
  readonly env: Env;
  readonly where: string;
}

/**
 * Calls `fn` with the database at `url`, DATABASE_URL, or the one that `npm start` runs. The service speaks to Neon's proxy alone,
 * so where that is a plain Postgres, a proxy of our own is put in front of it.
 */
export function withAccounts<T>(url: string | undefined, fn: (accounts: Accounts) => Promise<T>): Promise<T> {
  const { BCRYPT_COST, PASSWORD_MIN_LENGTH } = process.env;
  return withTarget(url, async (target) => {
    const env = parseEnv({ DATABASE_URL: target, BCRYPT_COST, PASSWORD_MIN_LENGTH });
    const where = describeUrl(target);
    const open = (at: string) => withDatabase({ url: at }, (db) => fn({ db, env, where }));
    if (transportOf(target, 'auto') === 'websocket') return open(target);
    const proxy = await startNeonProxy({ postgres: target });
    try {
      const through = new URL(target);
      through.host = `${proxy.host}:${proxy.port}`;
      through.searchParams.set('sslmode', 'disable');
      return await open(through.href);
    } finally {
      await proxy.close();
    }
  });
}
