import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../setup/database.ts';
import type { BenchProxy } from '../setup/proxy.ts';
import type { Relay } from '../setup/relay.ts';
import type { WireReport } from './report.ts';
import type { Running } from './running.ts';
import type { Scenario } from './scenarios.ts';

const REQUESTS = 10;
const WARM_UP = 2;
/** After a response a connection may still be closed. */
const SETTLE_MS = 60;

/** What the proxy itself runs between two users of a connection, and what reads the counters. */
const NOT_THE_PEERS =
  '^(close all|set session authorization|reset all|deallocate all|unlisten|discard|select pg_advisory_unlock_all|select pg_stat_)';

/** Counts what a request takes, one after the other, with the relay in the path. */
export async function countWire(
  running: Running,
  scenario: Scenario,
  { database, proxy, relay }: { database: BenchDatabase; proxy: BenchProxy; relay: Relay },
): Promise<WireReport> {
  for (let n = 0; n < WARM_UP; n++) await running.client.send(running.next(scenario));
  await sleep(SETTLE_MS);
  await Promise.all([proxy.resetStats(), database.query('select pg_stat_statements_reset()')]);
  relay.reset();
  for (let n = 0; n < REQUESTS; n++) await running.client.send(running.next(scenario));
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
    roundTrips: (running.peer.serverless ? serverless : turns) / REQUESTS,
    bytesIn: bytesIn / REQUESTS,
    bytesOut: bytesOut / REQUESTS,
    statements: Number(counted?.calls) / REQUESTS,
  };
}
