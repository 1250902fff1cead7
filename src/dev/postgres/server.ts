import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stop } from '../exit.ts';
import type { Account } from './account.ts';
import { readPidFile, shutDown } from './recover.ts';

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Server {
  pid: number;
  exited: Promise<Exit>;
  /** Its last log lines. */
  lines: string[];
  stop(): Promise<void>;
}

const patience = 60_000;

/** Starts the server on a whole cluster, on 127.0.0.1 alone; it is up when `ready` says so. */
export function launch(
  program: string,
  account: Account,
  dataDir: string,
  settings: Record<string, string>,
  onLog: (line: string) => void = () => {},
): Server {
  // No socket file: its path may have 107 bytes at most, and a project may lie deeper.
  const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const args = ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  // A process group of its own, so that Ctrl-C at the terminal does not reach it before its clients have gone.
  const child = account.spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const lines: string[] = [];
  let ended = false;
  const exited = new Promise<Exit>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', (error) => {
      lines.push(`FATAL:  ${error.message}`);
      resolve({ code: null, signal: null });
    });
  }).finally(() => {
    ended = true;
  });
  if (child.stderr) {
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      if (lines.length > 50) lines.shift();
      onLog(line);
    });
  }
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= child.pid && !ended ? shutDown(child.pid, () => ended) : Promise.resolve();
    return stopping;
  };
  return { pid: child.pid ?? 0, exited, lines, stop };
}

/** Waits until the server accepts connections. @throws Stop with its last word, if it ends or takes too long. */
export async function untilReady(server: Server, dataDir: string, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + patience;
  let exit: Exit | undefined;
  void server.exited.then((value) => {
    exit = value;
  });
  for (;;) {
    const noted = readPidFile(dataDir);
    if (noted?.ready && noted.pid === server.pid) return;
    if (signal?.aborted) throw new Stop('Stopped');
    if (exit) {
      await sleep(50); // its last lines are still on their way
      throw new Stop(
        `Postgres did not come up: ${lastWord(server.lines) ?? `it ended with ${exit.code ?? exit.signal}`}`,
      );
    }
    if (Date.now() > deadline) {
      throw new Stop(
        `Postgres did not come up within ${patience / 1000} s: ${lastWord(server.lines) ?? 'it said nothing'}`,
      );
    }
    await sleep(20);
  }
}

/** The last line of the log that tells of a failure, else the last, without its time and pid. */
function lastWord(lines: string[]): string | undefined {
  const line = lines.findLast((text) => /(FATAL|PANIC|ERROR|could not)/.test(text)) ?? lines.at(-1);
  return line?.replace(/^.*?(?:FATAL|PANIC|ERROR|LOG|HINT|WARNING):\s+/, '');
}
