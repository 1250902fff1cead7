import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../../src/app.ts';
import { freePort } from '../../../src/dev/postgres/ports.ts';
import { untilHealthy } from '../../../src/dev/start/health.ts';
import { launchWorker } from '../../../src/dev/start/worker.ts';
import { perform, type Told } from './perform.ts';

/** Where the code under test runs. `variables` are those of `src/env.ts`. */
export interface Runtime {
  readonly name: 'workerd' | 'node';
  write(name: string, key: string, variables: Record<string, string>): Promise<Told>;
  request(path: string, init: RequestInit, variables: Record<string, string>): Promise<Response>;
  /** What it printed that is no log line of the application's own. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

export interface Workerd extends Runtime {
  /** Of the process group that workerd is in. */
  readonly group: number;
  /** SIGKILL, as the platform may at any moment; resolves when it is gone. */
  kill(): Promise<void>;
}

/** An unhandled error is one whatever its words; a line of the application is JSON. */
const COMPLAINT = /unhandled|uncaught|^Error|TypeError|ReferenceError|hung|✘/i;

/** The application and the writes in real workerd. */
export async function startWorkerd(): Promise<Workerd> {
  const stateDir = await mkdtemp(join(tmpdir(), 'kura-faults-'));
  const port = await freePort();
  const complaints: string[] = [];
  let killed = false;
  const worker = launchWorker({
    root: join(import.meta.dirname, 'worker'),
    stateDir,
    port,
    variables: {},
    debug: false,
    onLine: (_, line) => !killed && COMPLAINT.test(line) && !line.startsWith('{') && complaints.push(line),
  });
  process.on('exit', worker.kill); // it has a process group of its own, which Ctrl-C does not reach
  void worker.exited.then(() => process.off('exit', worker.kill));
  const origin = `http://127.0.0.1:${port}`;
  const unwell = new AbortController();
  void worker.exited.then(() => unwell.abort(new Error(`workerd ended: ${complaints.join('\n')}`)));
  await untilHealthy(`${origin}/_write/none`, unwell.signal);
  const request: Runtime['request'] = (path, init, variables) =>
    fetch(`${origin}${path}`, { ...init, headers: { ...init.headers, 'x-variables': JSON.stringify(variables) } });
  return {
    name: 'workerd',
    request,
    async write(name, key, variables) {
      const path = `/_write/${encodeURIComponent(name)}?key=${key}`;
      return (await (await request(path, {}, variables)).json()) as Told;
    },
    complaints,
    group: worker.pid,
    async kill() {
      killed = true;
      worker.kill();
      await worker.exited;
      await rm(stateDir, { recursive: true, force: true });
    },
    async stop() {
      await worker.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** The same in this process: Node, as on Lambda. */
export function startNode(): Runtime {
  const complaints: string[] = [];
  const onUnhandled = (reason: unknown) =>
    void complaints.push(`unhandled: ${reason instanceof Error ? reason.stack : reason}`);
  process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled);
  const showLogLines = hideLogLines();
  return {
    name: 'node',
    write: perform,
    request: async (path, init, variables) => createApp(variables).request(path, init),
    complaints,
    async stop() {
      process.off('unhandledRejection', onUnhandled).off('uncaughtException', onUnhandled);
      showLogLines();
    },
  };
}

/** The lines of JSON that the application writes are not the campaign's; gives what shows them again. */
function hideLogLines(): () => void {
  const { log, info, warn, error } = console;
  for (const [name, write] of Object.entries({ log, info, warn, error })) {
    const but = (first: unknown, ...more: unknown[]) => {
      if (typeof first !== 'string' || !first.startsWith('{')) write(first, ...more);
    };
    Object.assign(console, { [name]: but });
  }
  return () => void Object.assign(console, { log, info, warn, error });
}
