import { join } from 'node:path';
import { createApp } from '../../../src/app.ts';
import { isComplaint } from '../../support/complaint.ts';
import { startWorkerd as launch } from '../../support/workerd.ts';
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
  /** SIGKILL, as the platform may at any moment; resolves when it is gone. */
  kill(): Promise<void>;
}

/** The application and the writes in real workerd. */
export async function startWorkerd(): Promise<Workerd> {
  const complaints: string[] = [];
  let ending = false;
  const { url, exited, kill, close } = await launch({
    root: join(import.meta.dirname, 'worker'),
    health: '/_write/none',
    onLine: (line) => !ending && isComplaint(line) && complaints.push(line),
  });
  void exited.then(() => {
    if (!ending) complaints.push('workerd ended by itself');
  });
  const request: Runtime['request'] = (path, init, variables) =>
    fetch(`${url}${path}`, { ...init, headers: { ...init.headers, 'x-variables': JSON.stringify(variables) } });
  return {
    name: 'workerd',
    request,
    async write(name, key, variables) {
      const path = `/_write/${encodeURIComponent(name)}?key=${key}`;
      return (await (await request(path, {}, variables)).json()) as Told;
    },
    complaints,
    async kill() {
      ending = true;
      await kill();
    },
    async stop() {
      ending = true;
      await close();
    },
  };
}

/** The same in this process: Node, as on Lambda. */
export function startNode(): Runtime {
  const complaints: string[] = [];
  const onUnhandled = (reason: unknown) =>
    void complaints.push(`unhandled: ${reason instanceof Error ? reason.stack : reason}`);
  process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled);
  const showLogLines = hideLogLines((line) => isComplaint(line) && complaints.push(line));
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

/** The lines of JSON that the application writes are not the campaign's to show; gives what shows them again. */
function hideLogLines(onLine: (line: string) => void): () => void {
  const { log, info, warn, error } = console;
  for (const [name, write] of Object.entries({ log, info, warn, error })) {
    const but = (first: unknown, ...more: unknown[]) => {
      if (typeof first === 'string' && first.startsWith('{')) onLine(first);
      else write(first, ...more);
    };
    Object.assign(console, { [name]: but });
  }
  return () => void Object.assign(console, { log, info, warn, error });
}
