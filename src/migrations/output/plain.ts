import { performance } from 'node:perf_hooks';
import type { Reporter } from '../run/report.ts';
import { duration } from './format.ts';

/** Progress as plain lines, for logs. Counters of batches and statements are left out: a log wants events. */
export function plainReporter(done: string, say: (line: string) => void): Reporter {
  return {
    note: say,
    async steps(steps) {
      for (const { title, run } of steps) {
        const started = performance.now();
        await run((text) => {
          if (!/^(statement )?\d+ of \d+|^\d+ rows/.test(text)) say(`${title}: ${text}`);
        });
        say(`${title} ${done} in ${duration(performance.now() - started)}`);
      }
    },
  };
}
