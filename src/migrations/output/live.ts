import { performance } from 'node:perf_hooks';
import { Listr } from 'listr2';
import type { Reporter } from '../run/report.ts';
import type { Colors } from './colors.ts';
import { duration } from './format.ts';

/** Progress as a live list on a terminal. */
export function liveReporter(done: string, colors: Colors, say: (line: string) => void): Reporter {
  return {
    note: (text) => say(colors.dim(text)),
    async steps(steps) {
      const tasks = steps.map(({ title, run }) => ({
        title,
        task: async (_: unknown, task: { title: string | undefined; output: string | undefined }) => {
          const started = performance.now();
          await run((text) => {
            task.output = text;
          });
          task.title = `${title} ${done} ${colors.dim(duration(performance.now() - started))}`;
        },
      }));
      // The error is printed by the command line, once.
      await new Listr(tasks, {
        renderer: 'default',
        rendererOptions: { showErrorMessage: false, collapseErrors: false },
      }).run();
    },
  };
}
