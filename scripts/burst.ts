import { spawnSync } from 'node:child_process';

/** What `npm test` runs a little of, at length: 10,000 users register, 50 at a time, with drains running. */
const { KURA_BURST = '10000' } = process.env;
const { status, error } = spawnSync(
  'vitest',
  ['run', '--silent=false', '--project', 'node', 'test/served/burst.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, KURA_BURST },
  },
);
if (error) console.error(error.message);
process.exit(status ?? 1);
