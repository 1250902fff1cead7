import type { Failure } from './report.ts';
import type { Scenario } from './scenarios.ts';

/** What has failed in a run: a peer is left out of the scenario from then on, and all else goes on. */
export class Failures {
  readonly all: Failure[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  has({ name: peer }: { readonly name: string }, { name: scenario }: Scenario): boolean {
    return this.all.some((one) => one.peer === peer && one.scenario === scenario);
  }

  /** What `work` gives, or undefined and a line that says why not. */
  async attempt<T>(
    { name: peer }: { readonly name: string },
    scenarios: readonly Scenario[],
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const reason = reasonOf(error);
      this.#say(`${peer} failed in ${scenarios.map(({ name }) => name).join(', ')}: ${reason}`);
      this.all.push(...scenarios.map(({ name: scenario }) => ({ peer, scenario, reason })));
      return undefined;
    }
  }
}

/** In one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .slice(0, 400);
}
