import pty from '@lydell/node-pty';
import { cliPath } from './cli.ts';

export interface Terminal {
  /** Waits until the screen has shown this. */
  shows(text: string): Promise<void>;
  press(keys: string): void;
  /** Everything written so far, control sequences included. */
  readonly output: string;
  readonly ended: Promise<number>;
}

export const keys = { down: '\u001b[B', enter: '\r', interrupt: '\u0003', yes: 'y', left: '\u001b[D' };

/** Starts `npm run db -- …`, or another program, on a terminal of 80 columns, for a person who presses keys. */
export function openTerminal(
  args: readonly string[],
  variables: Record<string, string> = {},
  program: string = cliPath,
): Terminal {
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    TERM: 'xterm-256color',
    HOME: '/tmp',
    DATABASE_URL: '',
    ...variables,
  };
  const terminal = pty.spawn(process.execPath, [program, ...args], { cols: 80, rows: 30, env });
  let output = '';
  const waiting = new Set<() => void>();
  terminal.onData((data) => {
    output += data;
    for (const look of waiting) look();
  });
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    get output() {
      return output;
    },
    ended,
    press: (text) => terminal.write(text),
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended without showing ${text}:\n${output}`)));
      }),
  };
}
