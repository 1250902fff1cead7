import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { signal } from '../postgres/processes.ts';
import type { Exit } from '../postgres/server.ts';
import { type Level, WorkerOutput } from './worker-output.ts';

export interface WorkerOptions {
  root: string;
  stateDir: string;
  port: number;
  variables: Record<string, string>;
  debug: boolean;
  onLine: (level: Level, line: string) => void;
}

export interface Worker {
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
  kill(): void;
}

/** The project's own wrangler: its command line program, started directly so that a signal reaches it. */
const wrangler = createRequire(import.meta.url).resolve('wrangler');

/** The folder all our programs lie in. */
export const nodeModules = join(wrangler, '..', '..', '..');

/** Starts `wrangler dev` in a process group of its own. Local only: it asks nothing and waits for no network. */
export function launchWorker({ root, stateDir, port, variables, debug, onLine }: WorkerOptions): Worker {
  const args = ['--no-warnings', wrangler, 'dev', '--local', '--ip', '127.0.0.1', '--port', String(port)];
  args.push('--inspector-port', '0', '--show-interactive-dev-session=false', '--log-level', debug ? 'log' : 'error');
  args.push('--persist-to', join(stateDir, 'wrangler', 'state'));
  for (const [name, value] of Object.entries(variables)) args.push('--var', `${name}:${value}`);
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: environment(stateDir),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  const output = new WorkerOutput(onLine);
  createInterface(child.stdout).on('line', (line) => output.line('out', line));
  createInterface(child.stderr).on('line', (line) => output.line('err', line));
  // 'close', not 'exit': by then its last lines have been read.
  const exited = new Promise<Exit>((resolve) => {
    child.on('close', (code, name) => resolve({ code, signal: name }));
    child.on('error', () => resolve({ code: null, signal: null }));
  });
  const pid = child.pid ?? 0;
  const kill = () => {
    if (pid) signal(-pid, 'SIGKILL');
  };
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, 5000);
    await exited;
    clearTimeout(timer);
    kill(); // what it may have left of its group
  };
  return { pid, exited, stop, kill };
}

function environment(stateDir: string): NodeJS.ProcessEnv {
  const env = { ...process.env };
  // A proxy or an environment chosen for deploys must not change the local Worker.
  for (const name of Object.keys(env)) {
    if (/^(https?_proxy|all_proxy|CLOUDFLARE_ENV|WRANGLER_LOG|FORCE_COLOR)$/i.test(name)) delete env[name];
  }
  return {
    ...env,
    CI: '1',
    NO_COLOR: '1',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_HIDE_BANNER: 'true', // showing it looks for a newer version
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_WRITE_LOGS: 'false',
    XDG_CONFIG_HOME: join(stateDir, 'wrangler', 'config'), // a home folder may be closed or missing
    WRANGLER_REGISTRY_PATH: join(stateDir, 'wrangler', 'registry'),
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
  };
}
