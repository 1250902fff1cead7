import { join } from 'node:path';
import { machine, versions } from '../output/machine.ts';
import { type BenchDatabase, startDatabase } from '../setup/database.ts';
import { type Peer, type Prepared, peers, service } from '../setup/peers.ts';
import { type BenchProxy, startProxy } from '../setup/proxy.ts';
import { Missing } from '../setup/python.ts';
import { startRelay } from '../setup/relay.ts';
import { emptyBundle, startWorker } from '../setup/workerd.ts';
import { type Start, type Starter, type StartUps, timeFirstRequests, timeStarts } from './cold.ts';
import { timeRequests } from './latency.ts';
import { loadPeers } from './load.ts';
import {
  type Cell,
  LOADED_AT,
  type PeerReport,
  type Report,
  roundsAt,
  type Settings,
  type WireReport,
} from './report.ts';
import { Running } from './running.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { median, spread } from './statistics.ts';
import { countWire } from './wire.ts';

/** Latency under which round trips are counted: enough to tell them apart. */
const COUNTED_AT_MS = 2;
const START_UPS = 25;
const WARM_UP_REQUESTS = 60;

interface Bench {
  readonly settings: Settings;
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

type Ready = { readonly peer: Peer; readonly prepared: Prepared };
/** The deep page's, by peer: found once. */
type Cursors = Map<string, string>;

/** The whole run. `folder` holds what is built; `signal` ends it. */
export async function run(command: string, bench: Bench): Promise<Report> {
  const began = new Date();
  const { settings, folder, say } = bench;
  const wanted = scenarios.filter(({ name }) => settings.scenarios.includes(name));
  const served = wanted.filter(({ name }) => name !== 'cold');
  const cold = wanted.find(({ name }) => name === 'cold');

  const { ready, skipped } = prepareAll(bench);
  say('Filling the database');
  await using database = await startDatabase({ items: wanted.some(({ name }) => name.startsWith('page')) });
  await using proxy = await startProxy(database.url);

  const url = through(database.url, proxy.port);
  const startUps: StartUps = new Map();
  const empty = emptyBundle(join(folder, 'empty'));
  const starters: Starter[] = [
    ...ready,
    { peer: service, prepared: service.prepare(folder) },
    { peer: { name: 'empty' }, prepared: { start: () => startWorker(empty, {}) } },
  ];
  say('Timing starts');
  await timeStarts(starters, START_UPS, url, startUps);

  const cursors: Cursors = new Map();
  const wires = await countAll(bench, ready, served, database, proxy, cursors);
  const cells = await measureAll(bench, ready, served, database, proxy, url, cursors);
  for (const latency of cold ? settings.latencies : []) {
    say(`${cold?.title}, ${latency} ms`);
    bench.signal.throwIfAborted();
    await proxy.setLatency(latency);
    const options = { latency, times: settings.coldStarts, url, startUps };
    if (cold) cells.push(...(await timeFirstRequests(ready, cold, database.fixture, options)));
  }

  return {
    command,
    began: began.toISOString(),
    minutes: (Date.now() - began.getTime()) / 60_000,
    machine: machine(),
    versions: versions(
      database.version,
      ready.map(({ peer }) => peer.name),
    ),
    settings,
    peers: [...ready, { peer: service, prepared: starters.find(({ peer }) => peer === service)?.prepared ?? {} }]
      .map(({ peer, prepared }) => described(peer, prepared, startUps))
      .concat(skipped),
    cells,
    wires,
  };
}

function prepareAll({ settings, folder, say }: Bench) {
  const ready: Ready[] = [];
  const skipped: PeerReport[] = [];
  for (const peer of peers) {
    if (!settings.peers.includes(peer.name)) continue;
    say(`Preparing ${peer.name}`);
    try {
      ready.push({ peer, prepared: peer.prepare(folder) });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      say(`Skipping ${peer.name}: ${error.message}`);
      skipped.push({ name: peer.name, title: peer.title, skipped: error.message });
    }
  }
  return { ready, skipped };
}

/** Round trips, bytes and statements, with peers of their own that speak through the relay. */
async function countAll(
  { say, signal }: Bench,
  ready: readonly Ready[],
  served: readonly Scenario[],
  database: BenchDatabase,
  proxy: BenchProxy,
  cursors: Cursors,
): Promise<WireReport[]> {
  const wires: WireReport[] = [];
  await using relay = await startRelay(proxy.port);
  const url = through(database.url, relay.port);
  for (const one of ready) {
    say(`Counting round trips of ${one.peer.name}`);
    await proxy.setLatency(0);
    await using running = await Running.start(one, url, database.fixture, cursors);
    await findDeepPage(running, served);
    await proxy.setLatency(COUNTED_AT_MS);
    for (const scenario of served.filter(running.can)) {
      signal.throwIfAborted();
      wires.push(await countWire(running, scenario, { database, proxy, relay }));
    }
  }
  return wires;
}

async function measureAll(
  { settings, say, signal }: Bench,
  ready: readonly Ready[],
  served: readonly Scenario[],
  database: BenchDatabase,
  proxy: BenchProxy,
  url: string,
  cursors: Cursors,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  await using stack = new AsyncDisposableStack();
  await proxy.setLatency(0);
  const running: Running[] = [];
  for (const one of served.length ? ready : []) {
    running.push(stack.use(await Running.start(one, url, database.fixture, cursors)));
  }
  for (const one of running) await findDeepPage(one, served);
  say('Warming up');
  for (const scenario of served) {
    for (const one of running.filter((one) => one.can(scenario))) {
      signal.throwIfAborted();
      const times = Math.min(WARM_UP_REQUESTS, settings.requests) * scenario.share;
      for (let n = 0; n < times; n++) await one.client.send(one.next(scenario));
    }
  }
  for (const latency of settings.latencies) {
    await proxy.setLatency(latency);
    for (const scenario of served) {
      signal.throwIfAborted();
      say(`${scenario.title}, ${latency} ms`);
      await database.query('truncate orders, order_lines, entries, sessions');
      const able = running.filter((one) => one.can(scenario));
      const rounds = roundsAt(settings, latency, scenario.share);
      const timed = await timeRequests(able, scenario, { latency, perRound: settings.perRound, rounds });
      const loaded = LOADED_AT.includes(latency) ? able.filter((_, i) => timed[i]?.failure === undefined) : [];
      const loads = await loadPeers(loaded, scenario, {
        concurrency: settings.concurrency,
        ms: settings.loadMs,
        rounds: settings.loadRounds,
      });
      for (const cell of timed) {
        const load = loads.get(cell.peer);
        cells.push({ ...cell, ...(load && { load }) });
      }
    }
  }
  return cells;
}

async function findDeepPage(running: Running, served: readonly Scenario[]): Promise<void> {
  if (served.some((scenario) => scenario.name === 'page-keyset' && running.can(scenario))) await running.findDeepPage();
}

function described(
  { name, title }: Pick<Peer, 'name' | 'title'>,
  prepared: Partial<Prepared>,
  startUps: StartUps,
): PeerReport {
  const { bundle } = prepared;
  const floor = startUps.get('empty') ?? [];
  const above = (of: (start: Start) => number) => {
    const least = bundle ? median(floor.map(of)) : 0;
    return spread((startUps.get(name) ?? []).map((start) => of(start) - least));
  };
  return {
    name,
    title,
    ...(bundle && { bundle: { bytes: bundle.bytes, gzipBytes: bundle.gzipBytes } }),
    startUp: { ms: above((start) => start.ms), cpuMs: above((start) => start.cpuMs) },
  };
}

/** The database's URL, by way of this port. */
function through(databaseUrl: string, port: number): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  url.searchParams.set('sslmode', 'disable');
  return url.href;
}
