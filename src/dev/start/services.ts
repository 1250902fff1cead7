import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { upgrade } from '../../migrations/upgrade.ts';
import { Stop } from '../exit.ts';
import { startNeonProxy } from '../neon-proxy.ts';
import { freePort } from '../postgres/ports.ts';
import { signal as sendSignal } from '../postgres/processes.ts';
import { recover } from '../postgres/recover.ts';
import { startPostgres } from '../postgres.ts';
import { ensureDatabase } from './database.ts';
import { openLog } from './log.ts';
import type { Stack } from './stack.ts';

/** Easy to remember for psql; any other if it is taken. */
const preferredProxyPort = 54_330;

/** Starts Postgres with the database `kura` in it; returns the database's URL, past the proxy. */
export function startDatabase({
  options,
  stateDir,
  report,
  signal,
  resources,
  killers,
  watch,
}: Stack): Promise<string> {
  return report.step('postgres', async (note) => {
    const dataDir = join(stateDir, 'postgres');
    const onProgress = (step: string) => {
      if (step.startsWith('stopping')) report.line('recovered', step);
      else note(step);
    };
    if (options.fresh) await deleteDatabase(dataDir, onProgress);
    const log = openLog(join(stateDir, 'postgres.log'));
    resources.defer(() => log.close());
    note('starting');
    const postgres = await startPostgres({ dataDir, onLog: log.line, onProgress, signal });
    resources.defer(() => postgres.stop());
    killers.push(() => sendSignal(postgres.pid, 'SIGQUIT'));
    watch('Postgres', postgres.exited);
    const url = await ensureDatabase(postgres.url, 'kura');
    note(options.fresh ? `new database, port ${postgres.port}` : `port ${postgres.port}`);
    return url;
  });
}

async function deleteDatabase(dataDir: string, onProgress: (step: string) => void): Promise<void> {
  await recover(dataDir, onProgress);
  try {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    throw new Stop(`The old database cannot be deleted: ${(error as Error).message}`);
  }
}

/** Starts the local Neon proxy in front of the database; returns the database's URL through it. */
export function startProxy({ options, report, resources }: Stack, database: string): Promise<string> {
  return report.step('proxy', async (note) => {
    const port = await freePort(preferredProxyPort);
    const proxy = await startNeonProxy({ postgres: database, port, latencyMs: options.latency });
    resources.defer(() => proxy.close());
    note(`port ${proxy.port}${options.latency > 0 ? `, ${options.latency} ms round-trip time` : ''}`);
    const url = new URL(database);
    url.port = String(proxy.port);
    return url.href;
  });
}

/** Applies the migrations that the database lacks. */
export function migrate({ report, signal }: Stack, database: string): Promise<void> {
  return report.step('migrations', async (note) => {
    try {
      const applied = await upgrade(database);
      note(applied.length > 0 ? `applied ${applied.join(', ')}` : 'none pending');
    } catch (error) {
      throw new Stop((error as Error).message.split('\n')[0]);
    }
    signal.throwIfAborted();
  });
}
