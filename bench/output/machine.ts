import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Ready } from '../measure/prepare.ts';
import type { Machine } from '../measure/report.ts';

/** What the numbers are measured on: asked before anything is measured, which is a load itself. */
export function machine(): Machine {
  const [first] = cpus();
  return {
    processor: `${first?.model.trim() || 'unknown'}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `Linux ${release().split('.', 2).join('.')}`,
    load: loadavg()[0] ?? Number.NaN,
  };
}

/** The commit's short hash, with `(changed)` if a file of it is not as it was; `unknown` without git. */
export function revision(): string {
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const hash = git('rev-parse', '--short', 'HEAD');
  if (hash === undefined) return 'unknown';
  return git('status', '--porcelain') === '' ? hash : `${hash} (changed)`;
}

const OF_THE_PROJECT = [
  'workerd',
  'wrangler',
  'hono',
  'drizzle-orm',
  '@neondatabase/serverless',
  'zod',
  'bcryptjs',
  'pg',
];
const OF_A_PEER: Readonly<Record<string, readonly string[]>> = {
  prisma: ['prisma', '@prisma/adapter-neon'],
  'hono-pg': ['@hono/node-server'],
};

/** The versions of what was measured. */
export function versions(postgres: string, ready: readonly Ready[]): Record<string, string> {
  const peers = ready.map(({ peer }) => peer.name);
  const found: Record<string, string> = { PostgreSQL: postgres, Node: process.versions.node };
  const note = (folder: string, name: string) => {
    const path = fileURLToPath(new URL(`${folder}/node_modules/${name}/package.json`, import.meta.url));
    if (existsSync(path)) found[name] = (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  };
  for (const name of OF_THE_PROJECT) note('../..', name);
  for (const peer of peers) for (const name of OF_A_PEER[peer] ?? []) note(`../peers/${peer}`, name);
  for (const { prepared } of ready) Object.assign(found, prepared.runtime);
  if (peers.includes('fastapi')) {
    const pins = readFileSync(new URL('../peers/fastapi/requirements.txt', import.meta.url), 'utf8');
    for (const pin of pins.matchAll(/^(fastapi|SQLAlchemy|asyncpg|uvicorn)==(.+)$/gm))
      found[pin[1] ?? ''] = pin[2] ?? '';
  }
  return found;
}
