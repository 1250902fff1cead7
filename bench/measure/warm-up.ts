import type { Running } from './running.ts';
import type { Scenario } from './scenarios.ts';

/** More than any peer's pool has connections: 20 and 10 more. */
const AT_ONCE = 32;
const WAVES = 2;

/** Untimed: code is compiled, and each connection that a pool keeps has prepared the scenario's statements. */
export async function warmUp(running: Running, scenario: Scenario): Promise<void> {
  for (let wave = 0; wave < WAVES; wave++) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => running.client.send(running.next(scenario))));
  }
}
