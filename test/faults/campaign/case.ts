import { setTimeout as sleep } from 'node:timers/promises';
import type { Direction, Step } from '../../support/fault-relay.ts';
import type { Cluster } from './cluster.ts';
import { extinguish } from './disturbances.ts';
import { faults, type World } from './faults.ts';
import { type Lane, type Link, openWay, untilQuiet, type Way } from './lane.ts';
import type { Told } from './perform.ts';
import type { Runtime } from './runtimes.ts';
import type { Subject } from './subjects.ts';

/** For a whole request, retries included. */
export const DEADLINE_MS = 4000;

/** As short as the lane's own default (see `openLane`): Postgres ends what its client has forgotten. */
const STATEMENT_TIMEOUT_MS = '6000';

/** What an answer may come later than the deadline on a busy machine: beyond it, it counts as never. */
const HANG_MS = 10_000;

/** How long a message that comes after the answer is waited for. */
const LATE_STEP_MS = 1000;

/** One message of one write. */
export interface PlannedStep extends Pick<Step, 'label' | 'index'> {
  readonly subject: Subject;
  readonly link: Link;
  readonly direction: Direction;
  /** Whether the answer to something that saves may be under way: to a write over HTTP, or to COMMIT over a WebSocket. */
  readonly saving: boolean;
  /** Whether the request writes over HTTP, so that what is lost of that leaves it in doubt. */
  readonly writesOverHttp: boolean;
  /** The session has not been told when to end by itself; it holds nothing yet. */
  readonly beforeSettings: boolean;
  /** The body has ended: its own error is known. */
  readonly afterBody: boolean;
}

/** One fault at one message. */
export interface Point extends PlannedStep {
  readonly fault: string;
}

/** What became of it. */
export interface Observed {
  readonly point: Point;
  /** The message came by, and the fault happened. */
  readonly struck: boolean;
  /** Something has come of it: somebody was killed, waited for the lock, met the failure. */
  readonly effect: boolean;
  readonly told: Told;
  readonly tookMs: number;
  readonly state: Awaited<ReturnType<Subject['state']>>;
  /** What the same request with the same key was told, and the state then. */
  readonly settled?: { readonly told: Told; readonly state: Observed['state'] };
  /** For how long the database had been back when the caller was told; negative if it was away. */
  readonly backMs: number;
  /** No backend is at work or in a transaction, and no WebSocket is open. */
  readonly quiet: boolean;
  readonly next: { readonly told: Told; readonly state: Observed['state'] };
}

export interface Setting {
  readonly runtime: Runtime;
  readonly cluster: Cluster;
  readonly lane: Lane;
  readonly together: World['together'];
}

const variablesOf = ({ url }: Way, { transport }: Subject) => ({
  DATABASE_URL: url,
  ...(transport === 'websocket' && { STATEMENT_TIMEOUT_MS }), // in a batch it would be a statement more
  REQUEST_TIMEOUT_MS: String(DEADLINE_MS),
  BCRYPT_COST: '4',
});

/** The messages of a write when nothing goes wrong, on both links, in their order. */
export async function record(subject: Subject, { runtime, cluster, lane }: Setting): Promise<PlannedStep[]> {
  await using way = await openWay(cluster, lane);
  const key = crypto.randomUUID();
  await subject.prepare(lane.control, key);
  const told = await subject.perform(runtime, key, variablesOf(way, subject));
  const writesOverHttp = way.front.steps.some(isHttpWrite);
  const code = told.kind === 'error' ? told.code : undefined;
  if (code !== subject.fails) throw new Error(`${subject.name} does not work: ${JSON.stringify(told)}`);
  await untilQuiet(lane, way, { patienceMs: HANG_MS, unclosable: false });
  return (['front', 'back'] as const).flatMap((link) => {
    const steps = way[link].steps;
    const saves = savesFrom(steps, link, writesOverHttp);
    const settings = steps.findIndex((one) => /^Execute (?!begin)/.test(one.label));
    const end = steps.findIndex(({ label }) => label === 'Parse rollback');
    return steps.map(({ label, index, direction }, position) => ({
      ...{ subject, link, direction, label, index },
      saving: saves >= 0 && position >= saves,
      writesOverHttp,
      beforeSettings: position <= settings,
      afterBody: subject.fails !== undefined && end >= 0 && position >= end,
    }));
  });
}

/** The proxy's own statements for a write over HTTP, and those of the caller that save; no reads, and none that only prepare. */
const BACK_HTTP_WRITE = /^Parse (?!select|begin|savepoint|release|rollback|close|set)/;

/**
 * From which position on an answer that is lost may be that of something saved: a write over HTTP, or the flush with COMMIT in
 * it, which has left when its first message comes by.
 */
function savesFrom(steps: readonly Step[], link: Link, writesOverHttp: boolean): number {
  const commit = steps.findIndex(({ label }) => label === 'Parse commit');
  const before = steps.slice(0, Math.max(0, commit));
  const flush = commit < 0 ? commit : before.findLastIndex(({ label }) => label.startsWith('Sync')) + 1;
  if (!writesOverHttp) return flush;
  const isWrite = (step: Step) => (link === 'front' ? isHttpWrite(step) : BACK_HTTP_WRITE.test(step.label));
  const http = steps.findIndex(isWrite);
  return Math.min(...[flush, http].filter((position) => position >= 0));
}

/** A request to the proxy that is a batch, or a statement that is no read. */
const isHttpWrite = ({ label, bytes }: Step): boolean =>
  label === 'HTTP request' && /"queries":|"query":"\s*(?!\s|select)/i.test(bytes.toString('latin1'));

/** Does the write, breaks it at the point, and looks at everything that is promised. */
export async function runCase(point: Point, setting: Setting): Promise<Observed> {
  const { runtime, cluster, lane } = setting;
  const { subject, link, direction, index } = point;
  const { control } = lane;
  await using way = await openWay(cluster, lane);
  const healings: (() => Promise<unknown>)[] = [];
  const world: World = {
    ...setting,
    relay: way[link],
    control,
    heal: (how) => healings.push(how),
    async together(action) {
      const outage = await setting.together(action);
      void outage.back.then(() => {
        backAt = Date.now();
      });
      return outage;
    },
  };
  let struck = false;
  let backAt = Number.POSITIVE_INFINITY;
  way[link].arm(
    (step) => step.direction === direction && step.index === index,
    (strike) => {
      struck = true;
      return faults[point.fault]?.strike(strike, world);
    },
  );
  const key = crypto.randomUUID();
  await extinguish(control); // a fault may have come so late that it outlived its case
  await subject.prepare(control, key);
  const variables = variablesOf(way, subject);
  const askedAt = Date.now();
  const answer = await Promise.race([
    subject.perform(runtime, key, variables),
    sleep(DEADLINE_MS + HANG_MS, undefined, { ref: false }),
  ]);
  const told = answer ?? ({ kind: 'nothing' } as const);
  const toldAt = Date.now();
  // What comes after the answer (Terminate, the proxy's reset of a connection) is met by its faults, too.
  for (const until = Date.now() + LATE_STEP_MS; !struck && Date.now() < until; ) await sleep(10);
  way[link].arm(() => false); // what comes now is of the next request
  const healed = await Promise.all(healings.map((heal) => heal()));
  const effect = struck && !healed.includes(false);
  // The WebSocket's own closing needs the way that is stalled, and the interface has no other: it is for the runtime to end.
  const unclosable = link === 'front' && point.fault === 'stall';
  const quiet = await untilQuiet(lane, way, { patienceMs: HANG_MS, unclosable });
  if (faults[point.fault]?.answer === 'late') way[link].cutAll(); // what is held back ends with the case
  await extinguish(control);
  const state = await subject.state(control, key);
  const settled = subject.retry && (await again(subject.retry, key));
  const fresh = crypto.randomUUID();
  await subject.prepare(control, fresh);
  const next = await again(subject.perform, fresh);
  const [tookMs, backMs] = [toldAt - askedAt, toldAt - backAt];
  return { point, struck, effect, told, tookMs, state, backMs, ...(settled && { settled }), quiet, next };

  async function again(perform: Subject['perform'], of: string) {
    return { told: await perform(runtime, of, variables), state: await subject.state(control, of) };
  }
}
