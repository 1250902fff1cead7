import { createApp } from './app.ts';
import { withDatabase } from './db/neon.ts';
import { parseEnv } from './env.ts';
import { assertReady } from './http/health.ts';

const app = createApp();

/** The Cloudflare Workers entry. */
export default {
  fetch: app.fetch,
  /** The cron trigger: a database that cannot serve is an error in the log before a user meets it. */
  async scheduled(_: unknown, variables: object): Promise<void> {
    await withDatabase({ url: parseEnv(variables).DATABASE_URL }, assertReady);
  },
};
