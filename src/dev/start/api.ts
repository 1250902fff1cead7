import { setTimeout as sleep } from 'node:timers/promises';
import { Stop } from '../exit.ts';
import { untilHealthy } from './health.ts';
import type { Claim } from './run-file.ts';
import type { Stack } from './stack.ts';
import { launchWorker } from './worker.ts';
import { failure, type Level } from './worker-output.ts';

/** Starts the Worker and waits until it says that it is healthy. Its output is passed on from then on. */
export function startApi(stack: Stack, claim: Claim, port: number, databaseUrl: string): Promise<void> {
  const { options, root, stateDir, report, resources, killers, signal, watch } = stack;
  return report.step('worker', async (note) => {
    note('starting');
    const errors: string[] = [];
    const broken = new AbortController();
    let up = false;
    const onLine = (level: Level, line: string) => {
      if (!up && level === 'error') errors.push(line);
      if (options.debug || (up && level === 'error'))
        report.line('worker', level === 'error' ? `error: ${line}` : line);
      // On a failed build wrangler may stay, and wait for an edit.
      if (!up && line.startsWith('Build failed')) broken.abort();
    };
    const debug = options.debug ? { DEBUG: 'true' } : {};
    const variables = { DATABASE_URL: `${databaseUrl}?sslmode=disable`, ...debug };
    const worker = launchWorker({ root, stateDir, port, variables, debug: options.debug, onLine });
    resources.defer(() => worker.stop());
    killers.push(() => worker.kill());
    claim.add('wrangler', worker.pid);
    void worker.exited.then(() => broken.abort());

    try {
      await untilHealthy(`http://127.0.0.1:${port}/health/ready`, AbortSignal.any([signal, broken.signal]));
    } catch (error) {
      if (signal.aborted) throw error;
      if (broken.signal.aborted) await sleep(300); // the rest of its message is on the way
      const reason = failure(errors);
      if (broken.signal.aborted)
        throw new Stop(`The Worker does not start: ${reason ?? 'wrangler ended without a word'}`);
      throw reason ? new Stop(`${(error as Error).message} (${reason})`) : error;
    }
    up = true;
    watch('The Worker', worker.exited);
    note('healthy');
  });
}
