import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { nameOf, runCampaign } from './campaign/campaign.ts';
import type { Observed } from './campaign/case.ts';
import { breaches } from './campaign/check.ts';
import { type Cluster, startCluster } from './campaign/cluster.ts';
import { openLane, openWay } from './campaign/lane.ts';
import { shuffled } from './campaign/random.ts';
import { routeSubjects } from './campaign/route-subjects.ts';
import { routes } from './campaign/routes.ts';
import { type Runtime, startWorkerd } from './campaign/runtimes.ts';
import { writeSubjects } from './campaign/subjects.ts';

/** A little of `npm run faults`: real workerd, a Postgres of its own, and points of every kind of fault. */
const LANES = 12;
const SAMPLE = 50;
const SOME = [
  'one-shot insert',
  'batch of two',
  'transaction, 3 waits',
  'body that throws',
  'POST /v1/users',
  'POST /v1/posts with a key',
];

let cluster: Cluster;
let runtime: Runtime;

beforeAll(async () => {
  [cluster, runtime] = await Promise.all([startCluster(4 * LANES), startWorkerd()]);
});

afterAll(async () => {
  await runtime.stop();
  await cluster.stop();
});

it('keeps every promise at points chosen from all messages and faults', async () => {
  const subjects = [...writeSubjects(), ...routeSubjects()].filter(({ name }) => SOME.includes(name));
  expect(subjects).toHaveLength(SOME.length);
  const { findings } = await runCampaign({ subjects, lanes: LANES, seed: 1, sample: SAMPLE }, { runtime, cluster });
  const broken = findings.filter((finding) => finding.breaches.length > 0);
  expect(broken.map(({ point, breaches: found, told }) => [nameOf(point), found, told])).toEqual([]);
  expect(findings.filter(({ struck }) => struck)).toHaveLength(SAMPLE);
  expect(runtime.complaints).toEqual([]);
});

it('does not take the commit of another transaction, which was given the same id after a crash, for its own', async () => {
  const lane = await openLane(cluster, LANES);
  await using way = await openWay(cluster, lane);
  const insert = (key: string) => `insert into fault_rows (id, key, part) values (gen_random_uuid(), '${key}', 1)`;
  way.back.arm(
    ({ label }) => label === 'Parse commit',
    async () => {
      way.back.refuse();
      way.back.cutAll();
      await (await cluster.crash()).back;
      for (let n = 0; n < 5; n++) await lane.control.query(insert('another'));
      await way.back.accept();
    },
  );
  const db = openDatabase({ url: way.url });
  const outcome = db.transaction((tx) => tx.statement((q) => q.execute(sql.raw(insert('mine')))), { retries: 0 });
  await expect(outcome).rejects.toMatchObject({ code: 'commit_unknown' });
  expect(await lane.control.query(`select 1 from fault_rows where key = 'mine'`)).toEqual([]);
  await lane.control.end();
});

it('knows every write route of the application', () => {
  const writing = createApp({ DATABASE_URL: 'postgres://kura:kura@localhost/kura' }).routes.filter(({ method }) =>
    ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method),
  );
  const names = new Set(writing.map(({ method, path }) => `${method} ${path}`));
  expect(Object.keys(routes).toSorted()).toEqual([...names].toSorted());
});

it('has the same points in each part of a run, whatever else there is, and all points in all parts', () => {
  const names = Array.from({ length: 1000 }, (_, n) => `point ${n}`);
  const part = (number: number, list = names, seed = 1) => shuffled(list, String, seed, { number, of: 3 });
  expect([1, 2, 3].flatMap((number) => part(number)).toSorted()).toEqual(names.toSorted());
  for (const number of [1, 2, 3]) expect(part(number).length).toBeGreaterThan(250);
  expect(part(2, names.toReversed())).toEqual(part(2));
  expect(part(2, names.slice(1))).toEqual(part(2).filter((name) => name !== names[0]));
  expect(part(2, names, 2)).not.toEqual(part(2));
});

describe('the checker sees', () => {
  const [subject] = writeSubjects();
  if (!subject) throw new Error('There is no write');
  const step = {
    label: 'Sync',
    index: 0,
    saving: true,
    writesOverHttp: false,
    beforeSettings: false,
    afterBody: false,
  } as const;
  const ok = { kind: 'ok' } as const;
  const kept: Observed = {
    point: { ...step, subject, link: 'back', direction: '→', fault: 'cut' },
    struck: true,
    effect: true,
    told: ok,
    tookMs: 20,
    state: 'after',
    backMs: 0,
    quiet: true,
    next: { told: ok, state: 'after' },
  };
  const told = (code: string) => ({ kind: 'error', code, because: 'a < b' }) as const;

  it('nothing where all is well', () => {
    expect(breaches(kept)).toEqual([]);
    expect(breaches({ ...kept, told: told('connection_lost'), state: 'before' })).toEqual([]);
  });

  it('doubt of a write over HTTP as the truth, once it may have been saved and if it says when to come back', () => {
    const unknown = told('commit_unknown');
    const point = { ...kept.point, writesOverHttp: true };
    expect(breaches({ ...kept, point, told: unknown })).toEqual([]);
    expect(breaches({ ...kept, point: { ...point, saving: false }, told: unknown })).toHaveLength(1);
    expect(breaches({ ...kept, point, told: { ...unknown, retryAfter: false } })).toHaveLength(1);
  });

  it('doubt of a COMMIT over a WebSocket as the truth, where the database stays away', () => {
    const point = { ...kept.point, fault: 'refuse for long' };
    expect(breaches({ ...kept, point, told: told('commit_unknown') })).toEqual([]);
    expect(breaches({ ...kept, point: { ...point, saving: false }, told: told('commit_unknown') })).toHaveLength(1);
  });

  it.each<[string, Partial<Observed>]>([
    ['a lost write', { state: 'before' }],
    ['half a write', { state: 'torn: 1v1' }],
    ['a write that was told to have failed', { told: told('connection_lost') }],
    ['doubt where the truth could be had', { told: told('commit_unknown') }],
    ['an error that tells nothing', { told: told('internal'), state: 'before' }],
    ['a cause that was dropped', { told: { kind: 'error', code: 'connection_lost', because: 'a' }, state: 'before' }],
    ['silence', { told: { kind: 'nothing' }, state: 'before' }],
    ['an answer that comes late', { tookMs: 6000 }],
    ['a connection left open', { quiet: false }],
    ['a request that fails afterwards', { next: { told: told('internal'), state: 'before' } }],
    ['a key that settles nothing', { settled: { told: told('conflict'), state: 'after' } }],
    [
      'a key that gives another answer',
      { told: { ...ok, answer: 'a' }, settled: { told: { ...ok, answer: 'b' }, state: 'after' } },
    ],
    ['a key that does it twice', { settled: { told: ok, state: 'torn: 1v1 1v1' } }],
  ])('%s', (_, change) => {
    expect(breaches({ ...kept, ...change })).not.toEqual([]);
  });
});
