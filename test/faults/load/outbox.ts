import { setTimeout as sleep } from 'node:timers/promises';
import { withDatabase } from '../../../src/db/neon.ts';
import { parseEnv } from '../../../src/env.ts';
import { databaseConfig } from '../../../src/http/database.ts';
import { jobs } from '../../../src/jobs.ts';
import { drain } from '../../../src/outbox/drain.ts';
import { random } from '../campaign/random.ts';
import { startMailProvider } from './mail-provider.ts';
import { registration, type Service, startService } from './service.ts';

export interface OutboxPlan {
  readonly users: number;
  readonly seed: number;
  /** How often workerd is killed, and how often Postgres. */
  readonly kills: number;
  readonly crashes: number;
  readonly say: (line: string) => void;
}

const CLIENTS = 16;
const DRAINS = 4;

/** Registers users while workerd and Postgres are killed under four drains, and says which promises were broken. */
export async function runOutbox({ users, seed, kills, crashes, say }: OutboxPlan): Promise<string[]> {
  const provider = await startMailProvider();
  await using service = await startService({
    EMAIL_PROVIDER: 'resend',
    RESEND_API_KEY: 'key',
    RESEND_URL: provider.url,
    MAIL_FROM: 'kura@example.com',
    PUBLIC_URL: 'http://localhost',
    REQUEST_TIMEOUT_MS: '5000',
  });
  let done = 0;
  let asked = 0;
  let over = false;
  const drains = Array.from({ length: DRAINS }, () => drainUntil(service, () => over));
  const disasters = disastersAt({ users, seed, kills, crashes });
  const happened = { kill: 0, crash: 0 };
  const broken: string[] = [];

  let next = 0;
  const client = async () => {
    for (let i = next++; i < users; i = next++) {
      const disaster = disasters.get(i);
      if (disaster === 'kill') await service.replaceWorker();
      if (disaster === 'crash') await (await service.cluster.crash()).back;
      if (disaster) happened[disaster]++;
      const times = await register(service, `user-${i}`, broken);
      asked += times; // after the await: others have added theirs meanwhile
      if (++done % 1000 === 0) say(`${done} registered`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await settle(service);
  over = true;
  await Promise.all(drains);
  provider.close();

  const deliveries = Array.from(provider.delivered.values(), (keys) => keys.length).reduce((sum, n) => sum + n, 0);
  const { kill, crash } = happened;
  say(`${users} users, ${asked} requests, ${kill} kills of workerd, ${crash} of Postgres, ${deliveries} deliveries`);
  const unhandled = service.complaints.map((line) => `unhandled: ${line}`);
  return [...broken, ...unhandled, ...(await check(service, users, provider.delivered))];
}

/** Before which registrations something is killed: never two at once. */
function disastersAt({ users, seed, kills, crashes }: Omit<OutboxPlan, 'say'>): Map<number, 'kill' | 'crash'> {
  const next = random(seed);
  const found = new Map<number, 'kill' | 'crash'>();
  const part = users / (kills + crashes);
  let left = kills;
  for (let n = 0; n < kills + crashes; n++) {
    const kill = next() * (kills + crashes - n) < left;
    if (kill) left--;
    found.set(Math.floor(part * (n + next())), kill ? 'kill' : 'crash');
  }
  return found;
}

/** Asks with one key until it is done, as a client does. Gives how often it asked; what it should not be told is broken. */
async function register(service: Service, username: string, broken: string[]): Promise<number> {
  for (let asked = 1; ; asked++) {
    const headers = { 'Idempotency-Key': username };
    const response = await service.request('POST', '/v1/users', registration(username), headers).catch(() => undefined);
    const status = response?.status ?? 503;
    await response?.body?.cancel();
    if (status === 201) return asked;
    if (status !== 503 && status !== 409) broken.push(`${username} was answered ${status}`);
    if (asked === 1000) return asked;
    await sleep(50 + 100 * Math.random());
  }
}

/** Drains for ever, as crons that overlap; with leases that run out soon, as others die with theirs. */
async function drainUntil({ variables }: Service, over: () => boolean): Promise<void> {
  const env = parseEnv(variables);
  while (!over()) {
    await withDatabase(databaseConfig(env), (db) =>
      drain(db, jobs(env, db), { leaseMs: 20_000, baseMs: 100, capMs: 1000, limit: 100 }),
    ).catch(() => {}); // the database is away, and will be back
    await sleep(100);
  }
}

const PENDING = 'select count(*)::int as n from outbox where done_at is null and dead_at is null';

async function settle({ control }: Service): Promise<void> {
  for (const until = Date.now() + 180_000; Date.now() < until; await sleep(200)) {
    const [left] = await control.query<{ n: number }>(PENDING);
    if (left?.n === 0) return;
  }
}

async function check(
  { control }: Service,
  users: number,
  delivered: ReadonlyMap<string, readonly string[]>,
): Promise<string[]> {
  const found: string[] = [];
  const rows = await control.query<{ email: string; ids: string[]; done: boolean }>(
    `select u.email, coalesce(array_agg(o.id::text) filter (where o.id is not null), '{}') as ids,
        coalesce(bool_and(o.done_at is not null), false) as done
      from users u left join outbox o on o.topic = 'user.created' and o.payload->>'email' = u.email group by u.email`,
  );
  const saved = new Set(rows.map(({ email }) => email));
  for (let i = 0; i < users; i++) {
    const { username, email } = registration(`user-${i}`);
    if (!saved.has(email))
      found.push(`${username} was told to be registered, and is not: mails ${delivered.get(email)}`);
  }
  for (const { email, ids, done } of rows) {
    const keys = delivered.get(email) ?? [];
    if (ids.length !== 1) found.push(`${email} has ${ids.length} welcome rows`);
    if (!done) found.push(`${email}: its row is not done`);
    if (keys.length === 0) found.push(`${email} got no mail`);
    if (keys.some((key) => key !== ids[0])) found.push(`${email} got mails with other keys`);
  }
  return found;
}
