import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { WebSocket } from 'ws';
import { Running } from './measure/running.ts';
import { type Scenario, scenarios } from './measure/scenarios.ts';
import { wholeNumber } from './options.ts';
import { asTable, type CpuProfile, cpuTotals, type HeapProfile, heapTotals, type Place } from './output/profile.ts';
import { startDatabase } from './setup/database.ts';
import { peers } from './setup/peers.ts';
import { startProxy } from './setup/proxy.ts';
import { startWorker } from './setup/workerd.ts';

const CONCURRENCY = 8;

interface Options {
  readonly peer: string;
  readonly scenario: string;
  readonly requests: number;
}

const workers = peers.filter(({ serverless }) => serverless).map(({ name }) => name);
const served = scenarios.filter(({ name }) => name !== 'cold').map(({ name }) => name);
const folder = fileURLToPath(new URL('../.kura/bench/profiles', import.meta.url));

await new Command('npx node bench/profile.ts')
  .description('Where a Worker spends its time and its memory under load: by function, of the sources.')
  .addOption(new Option('--peer <name>', 'a Worker').choices(workers).default('kura'))
  .addOption(new Option('--scenario <name>', 'what it does').choices(served).default('read'))
  .option('--requests <n>', 'how often', wholeNumber, 3000)
  .configureHelp({ helpWidth: 80 })
  .action(profile)
  .parseAsync();

async function profile({ peer: name, scenario: what, requests }: Options): Promise<void> {
  const [peer] = peers.filter((one) => one.name === name);
  const [scenario] = scenarios.filter((one) => one.name === what);
  if (!peer || !scenario) return;
  mkdirSync(folder, { recursive: true });
  await using database = await startDatabase({ items: what.startsWith('page') });
  await using proxy = await startProxy(database.url);
  const url = new URL(database.url);
  url.port = String(proxy.port);
  url.searchParams.set('sslmode', 'disable');

  const { bundle } = peer.prepare(folder, true);
  if (!bundle) return;
  let inspector = 0;
  const start = (databaseUrl: string) =>
    startWorker(bundle, { DATABASE_URL: databaseUrl }, ['--inspector-addr=127.0.0.1:0'], (line) => {
      inspector ||= Number(/"listen-inspector","port":(\d+)/.exec(line)?.[1]) || 0;
    });
  await using running = await Running.start({ peer, prepared: { start } }, url.href, database.fixture, new Map());
  if (what === 'page-keyset') await running.findDeepPage();
  await load(running, scenario, requests / 3); // compiled by then
  const { send, close } = await inspect(inspector);
  const place = sourcesOf(join(bundle.folder, 'worker.js.map'));
  const title = `${name}, ${what}`;

  await send('Profiler.enable');
  await send('Profiler.setSamplingInterval', { interval: 100 });
  await send('Profiler.start');
  await load(running, scenario, requests);
  const { profile } = (await send('Profiler.stop')) as { profile: CpuProfile };
  writeFileSync(join(folder, `${name}-${what}.cpuprofile`), JSON.stringify(profile));
  console.log(asTable(`${title}: µs per request`, cpuTotals(profile, place), requests));

  await send('HeapProfiler.enable');
  const collected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
  await send('HeapProfiler.startSampling', { samplingInterval: 1024, ...collected });
  await load(running, scenario, requests);
  const heap = (await send('HeapProfiler.stopSampling')) as { profile: HeapProfile };
  writeFileSync(join(folder, `${name}-${what}.heapprofile`), JSON.stringify(heap.profile));
  close();
  console.log(asTable(`\n${title}: bytes allocated per request`, heapTotals(heap.profile, place), requests));
}

async function load(running: Running, scenario: Scenario, requests: number): Promise<void> {
  let left = requests;
  const one = async () => {
    while (left-- > 0) await running.client.send(running.next(scenario));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, one));
}

/** The inspector of workerd's one service. */
async function inspect(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/main`, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let last = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  socket.on('message', (data) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  return {
    send: (method: string, params: object = {}) =>
      new Promise<unknown>((resolve) => {
        waiting.set(++last, resolve);
        socket.send(JSON.stringify({ id: last, method, params }));
      }),
    close: () => socket.close(),
  };
}

/** From the bundle back to the file and line that it was made of. */
function sourcesOf(path: string): Place {
  const map = new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
  return (line, column) => {
    const entry = map.findEntry(line, column);
    if (!('originalSource' in entry)) return 'runtime';
    // Drizzle's own maps leave its name out.
    const source = entry.originalSource
      .replace(/^(\.\.\/)+/, '')
      .replace('node_modules/src/', 'node_modules/drizzle-orm/');
    return `${source}:${entry.originalLine + 1}`;
  };
}
