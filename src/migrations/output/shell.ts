import type { Reporter } from '../run/report.ts';
import { type Colors, colorsFor } from './colors.ts';
import { wrap } from './format.ts';
import { liveReporter } from './live.ts';
import { plainReporter } from './plain.ts';

/** What a verb is told about where it runs. */
export interface Shell {
  readonly json: boolean;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  readonly colors: Colors;
  /** One line to standard output; nothing with `--json`. */
  say(line: string): void;
  /** The one line of a failure, to standard error; on a terminal it is broken between words. */
  fail(message: string): void;
  /** `done` is the word for a finished step, such as `applied`. */
  reporter(done: string): Reporter;
}

/** The shell of this process. Colours only on a terminal, and never with NO_COLOR; no questions with `--json` or in CI. */
export function openShell(json: boolean): Shell {
  const terminal = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
  const colors = colorsFor(terminal && !process.env.NO_COLOR && !json);
  const say = (line: string) => {
    if (!json) process.stdout.write(`${line}\n`);
  };
  return {
    json,
    interactive: terminal && process.stdin.isTTY === true && !json && !process.env.CI,
    colors,
    say,
    fail(message) {
      const lines = process.stderr.isTTY
        ? wrap(`error ${message}`, '', process.stderr.columns - 1)
        : [`error ${message}`];
      process.stderr.write(`${lines.join('\n').replace(/^error/, colors.red('error'))}\n`);
    },
    reporter: (done) => (terminal && !json ? liveReporter(done, colors, say) : plainReporter(done, say)),
  };
}
