import { createApp } from './app.ts';
import { withDatabase } from './db/neon.ts';
import { parseEnv } from './env.ts';
import { databaseConfig } from './http/database.ts';
import { assertReady } from './http/health.ts';
import { sweep } from './jobs.ts';

const app = createApp();

/** The Cloudflare Workers entry. */
export default {
  fetch: app.fetch,
  /**
   * The cron trigger: a service that cannot serve is an error in the log before a user meets it; then what the drains
   * after the responses have left in the outbox. `wrangler dev` does not fire it by itself.
   */
  async scheduled(_: unknown, variables: object): Promise<void> {
    const env = parseEnv(variables);
    await withDatabase(databaseConfig(env), async (db) => {
      await assertReady(db, env);
      await sweep(env, db);
    });
  },
};
