import type { Fixture } from '../setup/database.ts';
import type { Peer, Prepared } from '../setup/peers.ts';
import type { Program } from '../setup/program.ts';
import { Client } from './client.ts';
import type { Cell } from './report.ts';
import { inTurn } from './running.ts';
import type { Scenario } from './scenarios.ts';
import { median, percentile, spread } from './statistics.ts';

export interface Starter {
  readonly peer: Pick<Peer, 'name'>;
  readonly prepared: Pick<Prepared, 'start'>;
}

/** From a process's start to its listening, in ms: by the clock, and in processor time. */
export interface Start {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Every start of a peer, by its name. */
export type StartUps = Map<string, Start[]>;

/** Starts each as a new process, which waits for work. */
export async function timeStarts(starters: readonly Starter[], times: number, url: string, startUps: StartUps) {
  for (let round = 0; round < times; round++) {
    for (const one of inTurn(starters, round)) {
      await using program = await one.prepared.start(url);
      note(startUps, one, program);
    }
  }
}

/** The first request of a new process: nothing is connected, compiled or cached. */
export async function timeFirstRequests(
  starters: readonly Starter[],
  scenario: Scenario,
  fixture: Fixture,
  { latency, times, url, startUps }: { latency: number; times: number; url: string; startUps: StartUps },
): Promise<Cell[]> {
  const taken = new Map<string, number[]>(starters.map(({ peer }) => [peer.name, []]));
  for (let round = 0; round < times; round++) {
    for (const one of inTurn(starters, round)) {
      await using program = await one.prepared.start(url);
      note(startUps, one, program);
      const client = new Client(program.port);
      taken.get(one.peer.name)?.push(await client.time(scenario.request(fixture, round, '')));
      client.close();
    }
  }
  return [...taken].map(([peer, times]) => ({
    peer,
    scenario: scenario.name,
    latency,
    requests: times.length,
    p50: { ...spread(times), median: median(times) },
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
  }));
}

function note(startUps: StartUps, { peer }: Starter, { start }: Program): void {
  startUps.set(peer.name, [...(startUps.get(peer.name) ?? []), start]);
}
