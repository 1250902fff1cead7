import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What the numbers were measured on. */
export function machine(): Record<string, string> {
  const [first] = cpus();
  return {
    processor: `${first?.model.trim() || 'unknown'}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `Linux ${release()}`,
    load: `a load of ${loadavg()[2]?.toFixed(1)} in the last 15 minutes`,
  };
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
export function versions(postgres: string, peers: readonly string[]): Record<string, string> {
  const found: Record<string, string> = { PostgreSQL: postgres, Node: process.versions.node };
  const note = (folder: string, name: string) => {
    const path = fileURLToPath(new URL(`${folder}/node_modules/${name}/package.json`, import.meta.url));
    if (existsSync(path)) found[name] = (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  };
  for (const name of OF_THE_PROJECT) note('../..', name);
  for (const peer of peers) for (const name of OF_A_PEER[peer] ?? []) note(`../peers/${peer}`, name);
  if (peers.includes('fastapi')) {
    const pins = readFileSync(new URL('../peers/fastapi/requirements.txt', import.meta.url), 'utf8');
    for (const pin of pins.matchAll(/^(fastapi|SQLAlchemy|asyncpg|uvicorn)==(.+)$/gm))
      found[pin[1] ?? ''] = pin[2] ?? '';
  }
  return found;
}
