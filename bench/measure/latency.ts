import type { Failures } from './failures.ts';
import type { Cell } from './report.ts';
import { inTurn, type Running } from './running.ts';
import type { Scenario } from './scenarios.ts';
import { median, percentile, spread } from './statistics.ts';

/** Untimed, at the beginning of a round: connections that were idle may have been closed. */
const WARM_UP = 1;

/** Times one request after the other, of one peer after the other, in rounds. */
export async function timeRequests(
  running: readonly Running[],
  scenario: Scenario,
  { latency, perRound, rounds }: { latency: number; perRound: number; rounds: number },
  failures: Failures,
): Promise<Cell[]> {
  const times = new Map<Running, number[][]>(running.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++) {
    for (const one of inTurn(running, round).filter(({ peer }) => !failures.has(peer, scenario))) {
      await failures.attempt(one.peer, [scenario], async () => {
        for (let n = 0; n < WARM_UP; n++) await one.client.time(one.next(scenario));
        const taken: number[] = [];
        for (let n = 0; n < perRound; n++) taken.push(await one.client.time(one.next(scenario)));
        times.get(one)?.push(taken);
      });
    }
  }
  const through = running.filter(({ peer }) => !failures.has(peer, scenario));
  return through.map((one) => {
    const rounds = times.get(one) ?? [];
    const all = rounds.flat();
    return {
      peer: one.peer.name,
      scenario: scenario.name,
      latency,
      requests: all.length,
      p50: { ...spread(rounds.map(median)), median: median(all) },
      p95: percentile(all, 0.95),
      p99: percentile(all, 0.99),
    };
  });
}
