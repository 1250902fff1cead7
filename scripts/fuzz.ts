import { spawnSync } from 'node:child_process';

/** What `npm test` does with 200 requests per operation, with 1,000; KURA_SEED makes those of another run again. */
const { KURA_CASES = '1000' } = process.env;
const { status, error } = spawnSync('vitest', ['run', '--project', 'node', 'test/openapi/fuzz.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, KURA_CASES },
});
if (error) console.error(error.message);
process.exit(status ?? 1);
