/** npm passes a Ctrl-C on that the terminal has already sent to us: what comes this soon is the same one. */
const echoMs = 500;

const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Aborts the returned signal on the first Ctrl-C, SIGTERM or closed terminal. A second one calls `force`, then ends the
 * process at once with 128 + the number of the signal.
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
  return controller.signal;
}
