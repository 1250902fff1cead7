import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../setup/database.ts';
import type { BenchProxy } from '../setup/proxy.ts';
import { type Relay, startRelay } from '../setup/relay.ts';
import { type RunContext, through } from './context.ts';
import type { WireReport } from './report.ts';
import { type Ready, Running } from './running.ts';
import type { Scenario } from './scenarios.ts';

/** Latency under which round trips are counted: enough to tell them apart. */
const COUNTED_AT_MS = 2;
/** After a start or a response a connection may still be opened or closed. */
const SETTLE_MS = 60;
const WARM = { before: 2, requests: 10 };
/** The first request of a process alone. */
const COLD = { before: 0, requests: 1 };

/** What the proxy itself runs between two users of a connection, and what reads the counters. */
const NOT_THE_PEERS =
  '^(close all|set session authorization|reset all|deallocate all|unlisten|discard|select pg_advisory_unlock_all|select pg_stat_)';

interface Counters {
  readonly database: BenchDatabase;
  readonly proxy: BenchProxy;
  readonly relay: Relay;
}

/** Round trips, bytes and statements, with processes of their own that speak through a relay. */
export async function countAll(
  context: RunContext,
  ready: readonly Ready[],
  scenarios: readonly Scenario[],
): Promise<WireReport[]> {
  const { say, signal, failures, database, proxy, cursors } = context;
  await using relay = await startRelay(proxy.port);
  const counters = { database, proxy, relay };
  const url = through(context, relay.port);
  const [cold, served] = [
    scenarios.filter(({ name }) => name === 'cold'),
    scenarios.filter(({ name }) => name !== 'cold'),
  ];
  const wires: (WireReport | undefined)[] = [];
  for (const one of ready) {
    signal.throwIfAborted();
    say(`Counting round trips of ${one.peer.name}`);
    for (const scenario of cold) {
      wires.push(
        await failures.attempt(one.peer, cold, async () => {
          await using running = await Running.start(one, url, database.fixture, cursors);
          await proxy.setLatency(COUNTED_AT_MS);
          return await countWire(running, scenario, counters, COLD);
        }),
      );
    }
    if (!served.length) continue;
    await proxy.setLatency(0);
    await failures.attempt(one.peer, served, async () => {
      await using running = await Running.start(one, url, database.fixture, cursors);
      for (const scenario of served.filter(running.can)) {
        signal.throwIfAborted();
        await proxy.setLatency(0);
        wires.push(
          await failures.attempt(one.peer, [scenario], async () => {
            if (scenario.name === 'page-keyset') await running.findDeepPage();
            await proxy.setLatency(COUNTED_AT_MS);
            return await countWire(running, scenario, counters, WARM);
          }),
        );
      }
    });
  }
  signal.throwIfAborted();
  return wires.filter((wire) => wire !== undefined);
}

/** Counts what a request takes, one after the other. */
async function countWire(
  running: Running,
  scenario: Scenario,
  { database, proxy, relay }: Counters,
  { before, requests }: { readonly before: number; readonly requests: number },
): Promise<WireReport> {
  for (let n = 0; n < before; n++) await running.client.send(running.next(scenario));
  await sleep(SETTLE_MS);
  await Promise.all([proxy.resetStats(), database.query('select pg_stat_statements_reset()')]);
  relay.reset();
  for (let n = 0; n < requests; n++) await running.client.send(running.next(scenario));
  await sleep(SETTLE_MS);
  const { bytesIn, bytesOut, turns } = relay.wire();
  const { http, websocket } = await proxy.stats();
  const [counted] = await database.query<{ calls: string }>(
    `select coalesce(sum(calls), 0) as calls from pg_stat_statements join pg_database d on d.oid = dbid
     where d.datname = current_database() and query !~* '${NOT_THE_PEERS}'`,
  );
  // A WebSocket's handshake is a round trip, too.
  const serverless = http.roundTrips + websocket.roundTrips + websocket.connections;
  return {
    peer: running.peer.name,
    scenario: scenario.name,
    roundTrips: (running.peer.serverless ? serverless : turns) / requests,
    bytesSent: bytesIn / requests,
    bytesReceived: bytesOut / requests,
    statements: Number(counted?.calls) / requests,
  };
}
