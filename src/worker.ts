import { createApp } from './app.ts';
import { parseEnv } from './env.ts';
import { runScheduled } from './jobs.ts';

const app = createApp();

/** The Cloudflare Workers entry. */
export default {
  fetch: app.fetch,
  /** The cron trigger; `wrangler dev` does not fire it by itself. */
  async scheduled(_: unknown, variables: object): Promise<void> {
    await runScheduled(parseEnv(variables));
  },
};
