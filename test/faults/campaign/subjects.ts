import type { Control } from './control.ts';
import type { Told } from './perform.ts';
import type { Runtime } from './runtimes.ts';
import { STATE } from './tables.ts';
import { writes } from './writes.ts';

/** One write that is broken at each of its messages. */
export interface Subject {
  readonly name: string;
  /** What carries it: over HTTP nobody can ask afterwards what became of it, unless it has a key. */
  readonly transport: 'http' | 'websocket';
  readonly fails?: string;
  /** What is there before and after is the same. */
  readonly unchanged?: boolean;
  prepare(control: Control, key: string): Promise<unknown>;
  perform(runtime: Runtime, key: string, variables: Record<string, string>): Promise<Told>;
  /** The same request again, which has to settle it; for what has an idempotency key. */
  readonly retry?: Subject['perform'];
  /** What that may be told instead of success. */
  readonly settledBy?: string;
  /** false: it is not run again by itself, so that a conflict is told. */
  readonly rerun?: false;
  /** Which of these the database has; anything else is torn. */
  state(control: Control, key: string): Promise<'before' | 'after' | `torn: ${string}`>;
}

/** Every write of the data layer. */
export function writeSubjects(): Subject[] {
  return Object.entries(writes).map(([name, { transport, prepare, before, after, fails }]) => ({
    name,
    transport,
    ...(fails && { fails }),
    unchanged: before === after,
    async prepare(control, key) {
      if (prepare) await control.query(prepare, [key]);
    },
    perform: (runtime, key, variables) => runtime.write(name, key, variables),
    async state(control, key) {
      const [found] = await control.query<{ state: string }>(STATE, [key]);
      if (found?.state === after) return 'after';
      return found?.state === before ? 'before' : `torn: ${found?.state}`;
    },
  }));
}
