import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { transform } from 'esbuild';
import { defineConfig } from 'vitest/config';

/** Vite's compiler leaves standard decorators as they are; wrangler's, which users have, compiles them. So does this. */
const standardDecorators = {
  name: 'standard-decorators',
  enforce: 'pre',
  async transform(code: string, id: string) {
    if (!id.endsWith('decorator.test.ts')) return;
    return transform(code, { loader: 'ts', target: 'es2022', sourcefile: id, sourcemap: true });
  },
} as const;

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // Files wait for Postgres, timers and processes more than they compute: twice as many as cores keep two cores busy.
    maxWorkers: 4,
    expect: { poll: { timeout: 20_000 } }, // what is waited for comes in ms, unless the machine is busy
    silent: 'passed-only', // what a passed test has logged is noise: a line for each request
    coverage: {
      provider: 'istanbul',
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
    },
    projects: [
      {
        extends: true,
        plugins: [
          standardDecorators,
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: { BCRYPT_COST: '4' }, email: { send_email: [{ name: 'SEND_EMAIL' }] } },
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/{db,http,outbox,email,audit,users,resources,sessions,posts,operations,api}/**/*.test.ts'],
          isolate: false, // the files share four workerds: to start one for each took twice the time of the tests
          testTimeout: 60_000, // most end in ms; a machine that does other things takes its time
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'node',
          execArgv: ['--import', new URL('src/quick-load.ts', import.meta.url).href],
          include: ['test/{admin,dev,migrations,lambda,faults,docs,memory,served,openapi,client,browser}/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
