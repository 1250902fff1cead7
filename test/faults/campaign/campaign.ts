import { Barrier } from './barrier.ts';
import type { Observed, PlannedStep, Point, Setting } from './case.ts';
import { record, runCase } from './case.ts';
import { type Breach, breaches } from './check.ts';
import type { Cluster } from './cluster.ts';
import { faults, type World } from './faults.ts';
import { type Lane, openLane } from './lane.ts';
import { type Part, shuffled } from './random.ts';
import type { Runtime } from './runtimes.ts';
import type { Subject } from './subjects.ts';

export interface Plan {
  readonly subjects: readonly Subject[];
  /** Cases that run side by side; they mostly wait. */
  readonly lanes: number;
  readonly seed: number;
  /** Which part of all points, so that several runs of one seed make the whole; all if not given. */
  readonly part?: Part | undefined;
  /** How many points at most, chosen by the seed; all if not given. */
  readonly sample?: number | undefined;
  /** Which points, by `subject / link direction label / fault`. */
  readonly only?: RegExp | undefined;
}

export interface Finding extends Observed {
  readonly breaches: readonly Breach[];
  /** What was broken beside others: a promise about time is looked at again then, among few. */
  readonly before?: readonly Breach[];
}

export const nameOf = ({ subject, link, direction, index, label, fault }: Point): string =>
  `${subject.name} / ${link} ${direction} ${index} ${label} / ${fault}`;

/** How many cases run side by side where time is looked at again. */
const CALM = 4;

/** Breaks each write at each message in each way, and gives what was found at each. */
export async function runCampaign(
  { subjects, lanes: count, seed, part = { number: 1, of: 1 }, sample, only }: Plan,
  { runtime, cluster }: { readonly runtime: Runtime; readonly cluster: Cluster },
  onFinding: (finding: Finding, left: number) => void = () => {},
): Promise<{ readonly findings: readonly Finding[]; readonly possible: number }> {
  const lanes = await Promise.all(Array.from({ length: count }, (_, i) => openLane(cluster, i)));
  const settingOf = (lane: Lane, together: World['together']): Setting => ({ runtime, cluster, lane, together });
  const alone: World['together'] = async () => {
    throw new Error('This fault is for all lanes together');
  };
  const steps: PlannedStep[] = [];
  const toRecord = [...subjects];
  await inLanes(async (lane) => {
    for (let subject = toRecord.shift(); subject; subject = toRecord.shift()) {
      await record(subject, settingOf(lane, alone)); // the first time may make what later ones find
      steps.push(...(await record(subject, settingOf(lane, alone))));
    }
  });
  const all = steps
    .flatMap((step) =>
      Object.entries(faults)
        .filter(([, kind]) => kind.at(step.link, step))
        .map(([fault]) => ({ ...step, fault })),
    )
    .filter((point) => !only || only.test(nameOf(point)));
  const points = shuffled(all, nameOf, seed, part).slice(0, sample);
  const findings: Finding[] = [];

  /** Runs points side by side, until there are none. */
  async function runAll(some: readonly Point[], width: number, settle: (finding: Finding) => void): Promise<void> {
    const left = [...some];
    const work = async (lane: Lane) => {
      for (let point = left.shift(); point; point = left.shift()) settle(await runOnce(point, settingOf(lane, alone)));
    };
    await Promise.all(lanes.slice(0, width).map(work));
  }

  /** Runs points side by side, held together where a fault concerns them all. */
  async function runWave(wave: readonly Point[], settle: (finding: Finding) => void): Promise<void> {
    const barrier = new Barrier(wave.length);
    const work = async (point: Point, i: number) => {
      const { join, leave } = barrier.place();
      settle(await runOnce(point, settingOf(lanes[i] as Lane, join)).finally(leave));
    };
    await Promise.all(wave.map(work));
  }

  const settle = (finding: Finding) => {
    findings.push(finding);
    onFinding(finding, points.length - findings.length);
  };
  await runAll(
    points.filter(({ fault }) => !faults[fault]?.together),
    count,
    settle,
  );
  for (const wave of waves(points, count)) await runWave(wave, settle);

  const doubtful = findings.filter(({ breaches: found }) => found.length > 0 && found.every(({ timely }) => timely));
  const replace = (again: Finding) => {
    const at = findings.findIndex(({ point }) => point === again.point);
    findings[at] = { ...again, before: findings[at]?.breaches ?? [] };
  };
  const unsure = doubtful.map(({ point }) => point);
  await runAll(
    unsure.filter(({ fault }) => !faults[fault]?.together),
    CALM,
    replace,
  );
  for (const wave of waves(unsure, CALM)) await runWave(wave, replace);
  await Promise.all(lanes.map(({ control }) => control.end()));
  return { findings, possible: all.length };

  function inLanes(work: (lane: Lane) => Promise<void>): Promise<unknown> {
    return Promise.all(lanes.map(work));
  }
}

async function runOnce(point: Point, setting: Setting): Promise<Finding> {
  const observed = await runCase(point, setting);
  return { ...observed, breaches: breaches(observed) };
}

/** The points whose faults concern all lanes: those of one fault together, as many as there are lanes. */
function waves(points: readonly Point[], size: number): Point[][] {
  const found: Point[][] = [];
  for (const [fault, { together }] of Object.entries(faults)) {
    const shared = points.filter((point) => together && point.fault === fault);
    for (let from = 0; from < shared.length; from += size) found.push(shared.slice(from, from + size));
  }
  return found;
}
