import { once } from 'node:events';
import { Stop } from '../exit.ts';
import type { Exit } from '../postgres/server.ts';
import type { StartOptions } from './options.ts';
import type { Report } from './report.ts';

/** What the steps of a start share. */
export interface Stack {
  options: StartOptions;
  root: string;
  stateDir: string;
  report: Report;
  /** Aborted when the start must end: asked for, or because a part of it died. */
  signal: AbortSignal;
  /** Closed in reverse order, on every way out. */
  resources: AsyncDisposableStack;
  /** Called instead of closing when there is no more patience. */
  killers: (() => void)[];
  /** The end of a part that should live on ends everything. */
  watch(name: string, exited: Promise<Exit>): void;
}

type Given = Pick<Stack, 'options' | 'root' | 'stateDir' | 'report' | 'killers'> & { asked: AbortSignal };

/**
 * Runs `start`, waits until the end is asked for, and closes all that was started.
 * @throws whatever ended it otherwise, after the same closing.
 */
export async function runStack(given: Given, start: (stack: Stack) => Promise<void>): Promise<void> {
  const { asked, report, ...rest } = given;
  const died = new AbortController();
  const signal = AbortSignal.any([asked, died.signal]);
  const resources = new AsyncDisposableStack();
  const watch = (name: string, exited: Promise<Exit>) => {
    void exited.then(({ code, signal: by }) =>
      died.abort(new Stop(`${name} ended unexpectedly (${by ?? `exit code ${code}`})`)),
    );
  };
  // A fault in the proxy, which runs in this process, must not leave the others behind.
  process.on('uncaughtException', (error) => died.abort(error));
  let reason: unknown;
  try {
    await start({ ...rest, report, signal, resources, watch });
    if (!signal.aborted) await once(signal, 'abort');
    reason = asked.aborted ? undefined : died.signal.reason;
  } catch (error) {
    // A part that died is the cause of whatever step failed by it.
    reason = asked.aborted ? undefined : died.signal.aborted ? died.signal.reason : error;
  }
  if (reason) {
    await resources.disposeAsync();
    throw reason;
  }
  await report.step('stop', async (note) => {
    note('worker, proxy, postgres');
    await resources.disposeAsync();
  });
}
