import { type Finding, nameOf } from './campaign.ts';
import { DEADLINE_MS } from './case.ts';

/** What became of one point, as a file of `--json` has it. */
export interface Outcome extends Pick<Finding['point'], 'link' | 'direction' | 'index' | 'label' | 'fault'> {
  readonly name: string;
  /** `ok`: as without the fault; `unknown`: told `commit_unknown`. */
  readonly as: 'ok' | 'error' | 'unknown';
  readonly told: Finding['told'];
  /** The message came by, and the fault happened. */
  readonly struck: boolean;
  /** Something has come of it. */
  readonly effect: boolean;
  readonly tookMs: number;
  /** The promises that were not kept. */
  readonly broken: readonly string[];
  /** Those of a first run beside others, where it was run again among few. */
  readonly brokenBefore?: readonly string[] | undefined;
}

/** One run of the campaign, or several of the same seed as one. */
export interface Report {
  readonly seed: number;
  readonly runtime: string;
  /** The parts of all points, as `2/5`; `1/1`: all. */
  readonly parts: readonly string[];
  readonly seconds: number;
  /** How many points there are in all. */
  readonly possible: number;
  /** What the runtime printed that is no log line of the application's own. */
  readonly unhandled: readonly string[];
  readonly outcomes: readonly Outcome[];
}

export function outcomeOf({ point, told, struck, effect, tookMs, breaches, before }: Finding): Outcome {
  const { link, direction, index, label, fault, subject } = point;
  const failed = told.kind === 'error' && told.code !== subject.fails;
  const unknown = failed && told.code === 'commit_unknown';
  return {
    ...{ name: nameOf(point), link, direction, index, label, fault, told, struck, effect, tookMs },
    as: unknown ? 'unknown' : failed ? 'error' : 'ok',
    broken: breaches.map(({ promise }) => promise),
    brokenBefore: before?.map(({ promise }) => promise),
  };
}

/** Whether the reports can be joined. */
export const areOfOneSeed = (reports: readonly Report[]): boolean =>
  new Set(reports.map(({ seed, runtime }) => `${seed} ${runtime}`)).size === 1;

/** Parts of one seed as one report. A point that two of them have, as their recordings differ a little, counts once. */
export function joined(parts: readonly Report[]): Report {
  const { seed = 0, runtime = '' } = parts[0] ?? {};
  const byName = new Map(parts.flatMap(({ outcomes }) => outcomes.map((outcome) => [outcome.name, outcome])));
  return {
    seed,
    runtime,
    parts: parts.flatMap((report) => report.parts),
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    possible: Math.max(...parts.map(({ possible }) => possible)),
    unhandled: parts.flatMap(({ unhandled }) => unhandled),
    outcomes: [...byName.values()],
  };
}

/** What it comes to, in a few lines; the broken promises by name. */
export function summary({ seed, runtime, parts, seconds, possible, unhandled, outcomes }: Report): string[] {
  const count = (which: (outcome: Outcome) => boolean) => outcomes.filter(which).length;
  const again = outcomes.filter(({ brokenBefore }) => brokenBefore);
  const broken = outcomes.filter((outcome) => outcome.broken.length > 0);
  return [
    `${outcomes.length} of ${possible} points in ${seconds} s, seed ${seed}, parts ${parts.join(' ')}, ${runtime}`,
    `${count(({ told }) => told.kind === 'ok')} told ok, ${count(({ told }) => told.kind === 'error')} an error`,
    `${count(({ struck }) => !struck)} not reached, ${count(({ struck, effect }) => struck && !effect)} without an effect`,
    `the slowest answer after ${Math.max(...outcomes.map(({ tookMs }) => tookMs))} ms, of a deadline of ${DEADLINE_MS} ms`,
    `${again.length} run again among few`,
    `${broken.length} with a broken promise`,
    ...broken.map(
      ({ name, broken: promises, told }) => `BROKEN ${name}: ${promises.join('; ')} ${JSON.stringify(told)}`,
    ),
    ...again.map(({ name, brokenBefore = [] }) => `again: ${name}: ${brokenBefore.join('; ')}`),
    ...new Set(unhandled.map((line) => `unhandled: ${line}`)),
  ];
}

/** Whether every promise was kept. */
export const isWhole = ({ unhandled, outcomes }: Report): boolean =>
  unhandled.length === 0 && outcomes.every(({ broken }) => broken.length === 0);
