import { spawnSync } from 'node:child_process';

/** What `npm test` runs a little of, at length: runners killed 50 times, and 300 random changes of schema. */
const { KURA_KILLS = '50', KURA_RUNS = '300' } = process.env;
const files = ['test/migrations/running.test.ts', 'test/migrations/create.property.test.ts'];
const { status, error } = spawnSync('vitest', ['run', '--project', 'node', ...files], {
  stdio: 'inherit',
  env: { ...process.env, KURA_KILLS, KURA_RUNS },
});
if (error) console.error(error.message);
process.exit(status ?? 1);
