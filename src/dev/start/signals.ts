import { inspect } from '../postgres/processes.ts';

/** npm passes a Ctrl-C on that the terminal has already sent to us: what comes this soon is the same one. */
const echoMs = 500;

const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Aborts the returned signal on the first Ctrl-C, SIGTERM or closed terminal, and when the npm that started us is gone.
 * A second signal calls `force`, then ends the process at once with 128 + its number.
 */
export function watchSignals(force: () => void): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        first = Date.now();
        controller.abort();
      } else if (Date.now() - first > echoMs) {
        force();
        process.exit(128 + numbers[name]);
      }
    });
  }
  if (process.env.npm_lifecycle_event) watchParents(() => controller.abort());
  return controller.signal;
}

/** npm passes a signal to the shell between us, and many a shell dies of it without passing it on. */
function watchParents(gone: () => void): void {
  const parents = () => {
    const shell = process.ppid;
    return `${shell} ${process.platform === 'linux' ? inspect(shell)?.parent : ''}`;
  };
  const before = parents();
  const timer = setInterval(() => {
    if (parents() === before) return;
    clearInterval(timer);
    gone();
  }, 250);
  timer.unref();
}
