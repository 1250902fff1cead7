import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from '../../src/dev/postgres/ports.ts';
import { untilHealthy } from '../../src/dev/start/health.ts';
import { compatibilityOf, workerdConfig } from './workerd-config.ts';

const wrangler = createRequire(import.meta.url).resolve('wrangler');
const workerd: string = createRequire(wrangler)('workerd').default;

export interface WorkerdOptions {
  /** The folder of the Worker's wrangler.toml. */
  readonly root: string;
  readonly bindings?: Readonly<Record<string, string>>;
  /** A path that answers 200 once it serves. */
  readonly health: string;
  /** What it prints. */
  readonly onLine: (line: string) => void;
}

/** A workerd that serves on this machine. */
export interface RunningWorkerd {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Resolves when it has ended, however that came. */
  readonly exited: Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The built Worker in a workerd of its own, with nothing before it: a test inside of workerd sees no connection, and
 * `wrangler dev` does not pass on that one has broken. It ends with this process.
 */
export async function startWorkerd({ root, bindings = {}, health, onLine }: WorkerdOptions): Promise<RunningWorkerd> {
  const folder = mkdtempSync(join(tmpdir(), 'kura-workerd-'));
  const port = await freePort();
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], { cwd: root });
  const compatibility = compatibilityOf(join(root, 'wrangler.toml'));
  writeFileSync(join(folder, 'config.capnp'), workerdConfig({ modules: ['worker.js'], bindings, compatibility, port }));
  const child = spawn(workerd, ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', onLine);
  const killNow = () => void child.kill('SIGKILL');
  process.on('exit', killNow);
  // 'close', not 'exit': by then its last lines have been read.
  const exited = new Promise<void>((resolve) => child.once('close', resolve).once('error', resolve)).then(() => {
    process.off('exit', killNow);
    rmSync(folder, { recursive: true, force: true });
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  const unwell = new AbortController();
  void exited.then(() => unwell.abort(new Error('workerd ended before it served')));
  await untilHealthy(`${url}${health}`, unwell.signal).catch(async (error) => {
    await end('SIGKILL');
    throw error;
  });
  return {
    port,
    url,
    pid: child.pid ?? 0,
    exited,
    kill: () => end('SIGKILL'),
    close: () => end('SIGTERM'),
  };
}
