import type { Peer, Prepared } from '../setup/peers.ts';
import type { Program } from '../setup/program.ts';
import { Client } from './client.ts';
import type { RunContext } from './context.ts';
import { reasonOf } from './failures.ts';
import { type Cell, COLD_AT } from './report.ts';
import { inTurn } from './running.ts';
import type { Scenario } from './scenarios.ts';
import { percentile, spread } from './statistics.ts';

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

/** Starts each as a new process, which waits for work. Who does not start is told of, and left out. */
export async function timeStarts(
  starters: readonly Starter[],
  times: number,
  url: string,
  startUps: StartUps,
  say: (line: string) => void,
): Promise<void> {
  const left = new Set(starters);
  for (let round = 0; round < times; round++) {
    for (const one of inTurn(starters, round).filter((one) => left.has(one))) {
      try {
        await using program = await one.prepared.start(url);
        note(startUps, one, program);
      } catch (error) {
        left.delete(one);
        say(`${one.peer.name} did not start: ${reasonOf(error)}`);
      }
    }
  }
}

/** The first request of a new process: nothing is connected, compiled or cached. */
export async function timeFirstRequests(
  { settings, failures, proxy, database, signal, say }: RunContext,
  starters: readonly Starter[],
  scenario: Scenario,
  url: string,
  startUps: StartUps,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const latency of settings.latencies.filter((ms) => COLD_AT.includes(ms))) {
    say(`${scenario.title}, ${latency} ms`);
    await proxy.setLatency(latency);
    const taken = new Map<string, number[]>();
    for (let round = 0; round < settings.coldStarts; round++) {
      for (const one of inTurn(starters, round).filter(({ peer }) => !failures.has(peer, scenario))) {
        signal.throwIfAborted();
        await failures.attempt(one.peer, [scenario], async () => {
          await using program = await one.prepared.start(url);
          note(startUps, one, program);
          const client = new Client(program.port);
          const ms = await client.time(scenario.request(database.fixture, round, ''));
          taken.set(one.peer.name, [...(taken.get(one.peer.name) ?? []), ms]);
          client.close();
        });
      }
    }
    for (const { peer } of starters.filter(({ peer }) => !failures.has(peer, scenario))) {
      cells.push(cellOf(peer.name, scenario, latency, taken.get(peer.name) ?? []));
    }
  }
  return cells;
}

const cellOf = (peer: string, { name: scenario }: Scenario, latency: number, times: readonly number[]): Cell => ({
  peer,
  scenario,
  latency,
  requests: times.length,
  p50: spread(times),
  p95: percentile(times, 0.95),
  p99: percentile(times, 0.99),
});

function note(startUps: StartUps, { peer }: Starter, { start }: Program): void {
  startUps.set(peer.name, [...(startUps.get(peer.name) ?? []), start]);
}
