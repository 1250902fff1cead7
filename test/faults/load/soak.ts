import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Served, serve } from '../../support/served.ts';
import type { Control } from '../campaign/control.ts';
import { PASSWORD, registration, startBackend } from './service.ts';

export interface SoakPlan {
  readonly minutes: number;
  readonly say: (line: string) => void;
}

/** What was seen in one window of time. */
interface Window {
  readonly p50: number;
  readonly p95: number;
  readonly requests: number;
  readonly rssMb: number;
  readonly backends: number;
}

const CLIENTS = 4;
const WINDOWS = 20;
/** The proxy's idle ones, and what each client and its background work may use. */
const MOST_BACKENDS = 20 + 4 * CLIENTS;

/** Mixed load for minutes; says how memory, connections and latency went, and which promises were broken. */
export async function runSoak({ minutes, say }: SoakPlan): Promise<string[]> {
  await using backend = await startBackend({ REQUEST_TIMEOUT_MS: '10000' });
  const { control } = backend;
  const { DATABASE_URL: url = '', ...variables } = backend.variables;
  await using stack = new AsyncDisposableStack();
  const served = await serve({ url }, variables); // `wrangler dev` keeps what is logged, for an inspector
  stack.defer(() => served.close());
  const windowMs = (minutes * 60_000) / WINDOWS;
  const times: number[] = [];
  const failures: string[] = [];
  let over = false;
  const clients = Array.from({ length: CLIENTS }, async (_, i) => {
    for (let n = 0; !over; n++) await visit(served, control, `${i}-${n}`, times, failures);
  });
  await visit(served, control, 'warm', [], []);
  const windows: Window[] = [];
  say('window  requests  p50 ms  p95 ms  workerd MB  backends');
  for (let i = 0; i < WINDOWS; i++) {
    times.length = 0;
    await sleep(windowMs);
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
    const window = {
      p50: at(0.5),
      p95: at(0.95),
      requests: sorted.length,
      rssMb: rssMb(served),
      backends: await backends(control),
    };
    windows.push(window);
    const { requests, p50, p95, rssMb: rss, backends: open } = window;
    say([i + 1, requests, p50, p95, rss, open].map((value) => String(value).padStart(8)).join(''));
  }
  over = true;
  await Promise.all(clients);
  await sleep(IDLE_MS);
  const left = await backends(control);
  const earlyAndLate = (of: (window: Window) => number) =>
    [median(windows.slice(5, 10).map(of)), median(windows.slice(-5).map(of))] as const;
  const [early, late] = earlyAndLate(({ rssMb: rss }) => rss);
  const broken = failures.map((failure) => `was answered ${failure}`);
  if (left > 0) broken.push(`${left} backends are left open`);
  if (late > 1.1 * early + 10) broken.push(`memory went from ${early} MB to ${late} MB`);
  const [p50, lateP50] = earlyAndLate((window) => window.p50);
  const [p95, lateP95] = earlyAndLate((window) => window.p95);
  if (lateP50 > 1.25 * p50 + 2) broken.push(`the median latency went from ${p50} ms to ${lateP50} ms`);
  if (lateP95 > 1.5 * p95 + 5) broken.push(`the 95th percentile went from ${p95} ms to ${lateP95} ms`);
  const most = Math.max(...windows.map((window) => window.backends));
  if (most > MOST_BACKENDS) broken.push(`${most} backends were open at once`);
  broken.push(...served.complaints.map((line) => `unhandled: ${line}`));
  say(`memory ${early} → ${late} MB, median latency ${p50} → ${lateP50} ms, ${left} backends left`);
  return broken;
}

/** The proxy keeps an idle connection for two seconds. */
const IDLE_MS = 5000;

/** Registers, logs in, writes a post, reads and changes it, lists, deletes, logs out. */
async function visit(served: Served, control: Control, name: string, times: number[], failures: string[]) {
  const username = `soak-${name}`;
  const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const began = performance.now();
    const response = await fetch(`${served.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    times.push(performance.now() - began);
    if (response.status >= 400) failures.push(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return (text ? JSON.parse(text) : {}) as { id?: string; token?: string };
  };
  await ask('POST', '/v1/users', registration(username), { 'Idempotency-Key': username });
  await control.query('truncate limits'); // all clients have one address
  const { token } = await ask('POST', '/v1/sessions', { username, password: PASSWORD });
  const auth = { Authorization: `Bearer ${token}` };
  const { id } = await ask('POST', '/v1/posts', { title: 'a', body: 'b' }, { ...auth, 'Idempotency-Key': username });
  await ask('GET', `/v1/posts/${id}`, undefined, auth);
  await ask('PATCH', `/v1/posts/${id}`, { isPublished: true }, auth);
  await ask('GET', '/v1/posts?limit=10');
  await ask('DELETE', `/v1/posts/${id}`, undefined, auth);
  await ask('DELETE', '/v1/sessions/current', undefined, auth);
}

/** Resident memory of workerd. */
function rssMb({ pid }: Served): number {
  const kb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return Math.round(kb / 1024);
}

async function backends(control: Control): Promise<number> {
  const [row] = await control.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'kura'`,
  );
  return row?.n ?? 0;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
