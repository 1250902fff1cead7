import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unstable_readConfig } from 'wrangler';
import { freePort } from '../../src/dev/postgres/ports.ts';
import { untilHealthy } from '../../src/dev/start/health.ts';
import type { TestDatabase } from './database.ts';

const root = resolve(import.meta.dirname, '../..');
const wrangler = createRequire(import.meta.url).resolve('wrangler');
const workerd: string = createRequire(wrangler)('workerd').default;

/**
 * The built Worker in a workerd of its own, with nothing before it: a test inside of workerd sees no connection, and
 * `wrangler dev` does not pass on that one has broken.
 */
export async function serve(database: Pick<TestDatabase, 'url'>, variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kura-served-'));
  const port = await freePort();
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], { cwd: root });
  const bindings = { DATABASE_URL: database.url, BCRYPT_COST: '4', ...variables };
  writeFileSync(join(folder, 'config.capnp'), config(port, bindings));
  const child = spawn(workerd, ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = linesFrom(child);
  const close = async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  await untilHealthy(`http://127.0.0.1:${port}/health/live`, AbortSignal.timeout(60_000)).catch(async (error) => {
    await close();
    throw error;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    /** Of workerd. */
    pid: child.pid ?? 0,
    /** A request whose body the caller writes: in chunks, if it gives no Content-Length. */
    send: (method: string, path: string, headers: Record<string, string> = {}): ClientRequest =>
      request({ host: '127.0.0.1', port, method, path, headers, agent: false }),
    /** The log lines of one request, once there is one. */
    linesOf: async (requestId: string) => {
      const of = () => lines.filter((line) => line.requestId === requestId);
      while (of().length === 0) await sleep(20);
      return of();
    },
    close,
  };
}

export type Served = Awaited<ReturnType<typeof serve>>;

/** The answer and its whole body. A server may answer, and close, before it has read all that is sent. */
export async function answerOf(sent: ClientRequest): Promise<{ response: IncomingMessage; body: string }> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  sent.on('error', () => {});
  let body = '';
  for await (const part of response.setEncoding('utf8')) body += part;
  return { response, body };
}

function linesFrom({ stdout, stderr }: ChildProcess): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  for (const stream of [stdout, stderr]) {
    if (stream) createInterface(stream).on('line', (line) => line.startsWith('{') && lines.push(JSON.parse(line)));
  }
  return lines;
}

/** As wrangler.toml has it. */
function config(port: number, bindings: Record<string, string>): string {
  const { compatibility_date: date, compatibility_flags: flags } = unstable_readConfig({
    config: join(root, 'wrangler.toml'),
  });
  const texts = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = .worker), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
  bindings = [${texts.join(', ')}]
);
`;
}
