import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withDatabase } from '../../src/db/neon.ts';
import { parseEnv } from '../../src/env.ts';
import { jobs } from '../../src/jobs.ts';
import { drain } from '../../src/outbox/drain.ts';
import { outboxRepository } from '../../src/outbox/repository.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { SECRET_KEY } from '../support/names.ts';
import { answerOf, type Served, serve } from '../support/served.ts';

/** `npm run burst` has 10,000 users register. */
const { KURA_BURST } = process.env;
const USERS = Number(KURA_BURST ?? 300);
const CONCURRENCY = 50;
/** Beside the drain that comes after each answer. */
const OTHER_DRAINS = 3;

/** A provider of mail that writes down whom it was to tell, under which key. */
const deliveries: { key: string; to: string }[] = [];
const provider = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
  deliveries.push({ key: String(request.headers['idempotency-key']), to: body.to[0] });
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"id":"1"}');
});

let database: TestDatabase;
let served: Served;
let client: pg.Client;
let variables: Record<string, string>;

beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  database = await createTestDatabase();
  client = new pg.Client(database.directUrl);
  await client.connect();
  variables = {
    SECRET_KEY,
    EMAIL_PROVIDER: 'resend',
    RESEND_API_KEY: 're_key',
    RESEND_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
    MAIL_FROM: 'Kura <noreply@kura.example>',
    PUBLIC_URL: 'https://kura.example',
  };
  served = await serve(database, variables);
});
afterAll(async () => {
  await served?.close();
  await client?.end();
  provider.closeAllConnections();
  provider.close();
});

/** Registers a user; every other one with a key, every tenth of those twice at once. The statuses of the answers. */
async function register(n: number): Promise<(number | undefined)[]> {
  const body = JSON.stringify({ username: `user${n}`, email: `user${n}@example.com`, password: 'correct horse' });
  const headers = { 'Content-Type': 'application/json', ...(n % 2 === 0 && { 'Idempotency-Key': `burst-${n}` }) };
  const send = () => answerOf(served.send('POST', '/v1/users', headers).end(body));
  const answers = await Promise.all(n % 20 === 0 ? [send(), send()] : [send()]);
  return answers.map(({ response }) => response.statusCode);
}

const numberOf = async (query: string): Promise<number> => Number((await client.query(query)).rows[0].count);
const pending = { doneAt: null, deadAt: null };
const backends = 'select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';

it(
  `loses no mail, and sends none twice, when ${USERS} users register at once`,
  async () => {
    const began = performance.now();
    let left = USERS;
    const statuses: (number | undefined)[] = [];
    const callers = Array.from({ length: CONCURRENCY }, async () => {
      while (left > 0) statuses.push(...(await register(left--)));
    });
    const registering = Promise.all(callers).finally(() => {
      left = 0;
    });
    const drained = { done: 0, retry: 0, dead: 0 };
    const drains = Array.from({ length: OTHER_DRAINS }, () =>
      withDatabase({ url: database.url }, async (db) => {
        const env = parseEnv({ DATABASE_URL: database.url, ...variables });
        while (left > 0 || (await outboxRepository.exists(db, pending))) {
          const { done, retry, dead } = await drain(db, jobs(env, db), { limit: 20 });
          drained.done += done;
          drained.retry += retry;
          drained.dead += dead;
          await sleep(50);
        }
      }),
    );
    await registering;
    const answered = performance.now();
    await Promise.all(drains);
    const ended = performance.now();

    if (KURA_BURST) {
      const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
      console.log(
        `${USERS} users in ${seconds(answered - began)}; the last mail after ${seconds(ended - began)}; ` +
          `${deliveries.length} deliveries, ${drained.done} of them by the ${OTHER_DRAINS} other drains; ` +
          `${statuses.length - USERS} repeated requests, ${statuses.filter((status) => status === 409).length} answered 409`,
      );
    }

    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(USERS);
    expect(await numberOf('select count(*) from users')).toBe(USERS);
    const others = `select count(*) from (select from users u
      left join outbox o on o.ordering_key = lower(u.email) and o.topic = 'user.created'
      group by u.id having count(o.id) <> 1) others`;
    expect(await numberOf(others), 'users without exactly one welcome').toBe(0);
    expect(await numberOf('select count(*) from outbox where done_at is null'), 'rows not done').toBe(0);
    expect(await numberOf('select count(*) from outbox where attempts <> 1'), 'rows claimed twice').toBe(0);

    const { rows } = await client.query<{ id: string; to: string }>(`select id, payload ->> 'email' as to from outbox`);
    const byKey = new Map(deliveries.map(({ key, to }) => [key, to]));
    expect(deliveries.length, 'deliveries').toBe(USERS);
    expect(byKey.size, 'keys').toBe(USERS);
    expect(rows.filter(({ id, to }) => byKey.get(id) !== to)).toEqual([]);

    // The proxy keeps idle connections for 2 s; what is there after that, nobody will end.
    await expect.poll(() => numberOf(backends), { timeout: 20_000, message: 'connections left' }).toBe(0);
  },
  60_000 + USERS * 200,
);
