import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScenarioName } from '../measure/scenarios.ts';
import { install } from './install.ts';
import { runOrMissing } from './missing.ts';
import { type Program, startProgram } from './program.ts';
import { versionOf, virtualEnvironment } from './python.ts';
import { type Bundle, bundle, startWorker } from './workerd.ts';

/** Ready to be started, as often as wanted, each time as a new process. */
export interface Prepared {
  /** If it is a Worker. */
  readonly bundle?: Bundle;
  /** Of what it runs on, if that is neither Node nor workerd. */
  readonly runtime?: Readonly<Record<string, string>>;
  start(databaseUrl: string): Promise<Program>;
}

export interface Peer {
  readonly name: string;
  readonly title: string;
  /** What it cannot do as its documentation has it. */
  readonly without: readonly ScenarioName[];
  /** Whether it speaks to the proxy by HTTP and WebSocket, which counts their round trips, or by plain Postgres. */
  readonly serverless: boolean;
  /** Bundles, installs: what is done once. `readable` leaves a Worker's names as they are. */
  prepare(folder: string, readable?: boolean): Prepared;
}

const peersFolder = fileURLToPath(new URL('../peers', import.meta.url));

function worker(name: string, title: string, without: readonly ScenarioName[] = [], before?: () => void): Peer {
  return {
    name,
    title,
    without,
    serverless: true,
    prepare(folder, readable) {
      before?.();
      const built = bundle(join(peersFolder, name, 'wrangler.toml'), join(folder, name), { readable });
      return { bundle: built, start: (url) => startWorker(built, { DATABASE_URL: url }) };
    },
  };
}

const listening = (line: string) =>
  Number(/listening on (\d+)|127\.0\.0\.1:(\d+)/.exec(line)?.slice(1).find(Boolean)) || undefined;

const honoPg: Peer = {
  name: 'hono-pg',
  title: 'Hono and a pg pool on Node',
  without: [],
  serverless: false,
  prepare() {
    const folder = join(peersFolder, 'hono-pg');
    install(folder);
    const args = [join(folder, 'server.ts')];
    return {
      start: (url) =>
        startProgram({
          program: process.execPath,
          args,
          env: { DATABASE_URL: url, NODE_ENV: 'production' },
          portOf: listening,
        }),
    };
  },
};

const fastapi: Peer = {
  name: 'fastapi',
  title: 'The reference: FastAPI, SQLAlchemy, asyncpg',
  without: ['page-first', 'page-keyset'],
  serverless: false,
  prepare(folder) {
    const cwd = join(peersFolder, 'fastapi');
    const python = virtualEnvironment(join(cwd, 'requirements.txt'), join(folder, 'python'));
    return {
      runtime: { Python: versionOf(python) },
      start: (url) =>
        startProgram({
          program: python,
          args: ['-m', 'uvicorn', 'app.main:app', '--host', '127.0.0.1', '--port', '0', '--no-access-log'],
          cwd,
          env: {
            DATABASE_URL: url.replace('postgres://', 'postgresql+asyncpg://').replace('sslmode=', 'ssl='),
            PYTHONDONTWRITEBYTECODE: '',
          },
          portOf: listening,
        }),
    };
  },
};

/** Prisma's program wants an engine for migrations, and would download it: this one is never run. */
function generatePrisma(): void {
  const cwd = join(peersFolder, 'prisma');
  install(cwd);
  if (existsSync(join(cwd, 'generated'))) return;
  const args = [join(cwd, 'node_modules/prisma/build/index.js'), 'generate'];
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
  runOrMissing(process.execPath, args, 'prisma generate failed', { cwd, env });
}

/** In the order of the tables. */
export const peers: readonly Peer[] = [
  worker('limit', 'The limit: neon() and SQL by hand'),
  worker('kura', 'Kura'),
  worker('drizzle-http', 'Hono and Drizzle, neon-http', ['transaction']),
  worker('drizzle-ws', 'Hono and Drizzle, neon-serverless Pool'),
  worker('prisma', 'Hono and Prisma, adapter-neon', [], generatePrisma),
  honoPg,
  fastapi,
];

/** The service itself, for its size and start-up only: the peer `kura` has the bench's routes. */
export const service: Pick<Peer, 'name' | 'title' | 'prepare'> = {
  name: 'service',
  title: 'Kura, the whole service (src/worker.ts)',
  prepare(folder) {
    const config = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
    const built = bundle(config, join(folder, 'service'), { environment: 'production' });
    return { bundle: built, start: (url) => startWorker(built, { DATABASE_URL: url }) };
  },
};
