import type { Failures } from './failures.ts';
import type { Load } from './report.ts';
import { inTurn, type Running } from './running.ts';
import type { Scenario } from './scenarios.ts';
import { spread } from './statistics.ts';

interface Options {
  readonly concurrency: number;
  readonly ms: number;
  readonly rounds: number;
}

/** Puts a fixed number of requests at once on each peer, one peer at a time, in rounds. */
export async function loadPeers(
  running: readonly Running[],
  scenario: Scenario,
  { concurrency, ms, rounds }: Options,
  failures: Failures,
): Promise<Map<string, Load>> {
  const samples = new Map(
    running.map((one) => [one, { perSecond: [] as number[], cpuMs: 0, requests: 0, peakMiB: 0 }]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const one of inTurn(running, round).filter(({ peer }) => !failures.has(peer, scenario))) {
      const sample = samples.get(one);
      if (!sample) continue;
      await failures.attempt(one.peer, [scenario], async () => {
        await putLoad(one, scenario, concurrency, ms / 4); // connections are made, code is compiled
        one.program.resetPeak();
        const before = one.program.cpuMs();
        const { requests, elapsed } = await putLoad(one, scenario, concurrency, ms);
        sample.cpuMs += one.program.cpuMs() - before;
        sample.requests += requests;
        sample.perSecond.push((requests / elapsed) * 1000);
        sample.peakMiB = Math.max(sample.peakMiB, one.program.peakMiB());
      });
    }
  }
  const loaded = [...samples].filter(([{ peer }]) => !failures.has(peer, scenario));
  return new Map(
    loaded.map(([{ peer }, { perSecond, cpuMs, requests, peakMiB }]) => [
      peer.name,
      { perSecond: spread(perSecond), cpuMs: cpuMs / requests, peakMiB },
    ]),
  );
}

/** Keeps `concurrency` requests under way for `ms`, and waits for the last. */
async function putLoad(running: Running, scenario: Scenario, concurrency: number, ms: number) {
  const began = performance.now();
  let requests = 0;
  const one = async () => {
    while (performance.now() - began < ms) {
      await running.client.send(running.next(scenario));
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  return { requests, elapsed: performance.now() - began };
}
