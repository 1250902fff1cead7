import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../src/dev/postgres/ports.ts';
import { untilHealthy } from '../../src/dev/start/health.ts';
import { launchWorker } from '../../src/dev/start/worker.ts';
import type { TestDatabase } from './database.ts';

export interface DevServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The real server, its assets with it, as `npm start` runs it, on a test database. */
export async function startDevServer(database: TestDatabase): Promise<DevServer> {
  const stateDir = mkdtempSync(join(tmpdir(), 'kura-server-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const lines: string[] = [];
  const worker = launchWorker({
    root: resolve(import.meta.dirname, '../..'),
    stateDir,
    port,
    variables: { DATABASE_URL: database.url, PUBLIC_URL: url, BCRYPT_COST: '4' },
    debug: false,
    onLine: (_, line) => lines.push(line),
  });
  const close = async () => {
    await worker.stop();
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const ended = new AbortController();
  void worker.exited.then(() => ended.abort());
  try {
    await untilHealthy(`http://127.0.0.1:${port}/health/ready`, ended.signal);
  } catch (error) {
    await close();
    throw new Error(`The server does not start:\n${lines.join('\n')}`, { cause: error });
  }
  return { url, close };
}
