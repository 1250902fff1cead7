import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { isAppError } from '../../src/errors.ts';
import { createTestDatabase } from '../support/database.ts';
import { httpAnswer } from '../support/fault-http.ts';
import { type Fault, type FaultRelay, startFaultRelay } from '../support/fault-relay.ts';

/** The request was carried out; what comes back is a status, garbage, or nothing whole. */
let relay: FaultRelay;
let db: Database;
let control: Database;

beforeAll(async () => {
  const database = await createTestDatabase();
  relay = await startFaultRelay(Number(new URL(inject('neon')).port), 'http');
  db = openDatabase({ url: throughRelay(database.url), requestTimeoutMs: 4000, retry: { baseMs: 1 } });
  control = openDatabase({ url: database.url });
  await run(control, sql`create table things (n int generated always as identity)`);
});

beforeEach(() => run(control, sql`truncate things`));

afterAll(() => relay.close());

const run = (session: Session, query: ReturnType<typeof sql>) => session.statement((q) => q.execute(query));
const insert = sql`insert into things default values`;
const rows = async () => Number((await run(control, sql`select count(*) as n from things`))[0]?.n);

function throughRelay(url: string): string {
  const copy = new URL(url);
  copy.port = String(relay.port);
  return copy.href;
}

/** The answers to the next requests, which are carried out, meet these faults. */
const next = (...faults: Fault[]) => relay.arm(({ label }) => label === 'HTTP response', ...faults);
const requests = () => relay.steps.filter(({ label }) => label === 'HTTP request').length;

const status =
  (code: number, body = ''): Fault =>
  ({ toClient, cut }) => {
    toClient(httpAnswer(code, body));
    cut();
  };

/** The head, and the first bytes of the body. */
const begun = (bytes: Buffer) => bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 12);

/** Answers that leave open whether the request was carried out. */
const inDoubt: [string, Fault][] = [
  ['500 of somebody', status(500, 'oops')],
  ['502 with a code that is no SQLSTATE', status(502, '{"message":"Bad gateway","code":"bad_gateway"}')],
  ['503', status(503, '<h1>Unavailable</h1>')],
  ['504', status(504)],
  ['200 with HTML', status(200, '<html></html>')],
  ['200 with another JSON', status(200, '{}')],
  [
    'a body that is cut off',
    ({ step, pass, cut }) => {
      pass(begun(step.bytes));
      cut();
    },
  ],
  [
    'a body that stalls',
    ({ step, pass, stall }) => {
      pass(begun(step.bytes));
      return stall();
    },
  ],
];

describe.each(inDoubt)('%s', (_, fault) => {
  it('is CommitUnknown for a write, which is not run again', async () => {
    const log: string[] = [];
    next(fault);
    const batch = db.batch((tx) => {
      tx.afterCommit(() => log.push('committed'));
      tx.afterRollback(() => log.push('undone'));
      return [run(tx, insert)];
    });
    await expect(batch).rejects.toMatchObject({ code: 'commit_unknown' });
    expect([requests(), await rows(), log]).toEqual([1, 1, []]);

    next(fault);
    await expect(run(db, insert).then()).rejects.toMatchObject({ code: 'commit_unknown' });
    expect([requests(), await rows()]).toEqual([1, 2]);
  });
});

describe.each(inDoubt.slice(0, -1))('%s', (_, fault) => {
  it('makes a read ask again', async () => {
    next(fault);
    const read = db.statement((q) => q.select({ n: sql<number>`1` }).from(sql`(select) t`));
    expect(await read).toEqual([{ n: 1 }]);
    expect(requests()).toBe(2);
  });
});

/** Answers that say the request was not carried out. (Here it was: what counts is that it is sent again.) */
describe.each<[string, Fault, string]>([
  ['a cold or dead compute', status(500, '{"message":"Couldn\'t connect to compute node","code":""}'), 'unavailable'],
  ['57P03, starting up', status(500, '{"message":"the database system is starting up","code":"57P03"}'), 'unavailable'],
  ['53300', status(500, '{"message":"too many connections for role","code":"53300"}'), 'too_many_connections'],
  ['429', status(429), 'too_many_connections'],
  ['521 of the edge', status(521), 'unavailable'],
])('%s', (_, fault, code) => {
  it('is tried again, a write too', async () => {
    next(fault, fault);
    await db.batch((tx) => [run(tx, insert)]);
    expect(requests()).toBe(3);
  });

  it('is told when it stays so', async () => {
    next(...Array.from({ length: 9 }, () => fault));
    await expect(db.batch((tx) => [run(tx, insert)])).rejects.toMatchObject({ code });
    expect(requests()).toBe(5); // four retries
  });
});

it('ends its retries with the total deadline', async () => {
  const hasty = openDatabase({
    url: throughRelay(inject('neon')),
    requestTimeoutMs: 300,
    retry: { retries: 1000, baseMs: 20, capMs: 20 },
  });
  next(...Array.from({ length: 1000 }, () => status(521)));
  const code = await hasty
    .statement((q) => q.select({ n: sql`1` }).from(sql`(select) t`))
    .then(
      () => 'answered',
      (error) => (isAppError(error) ? error.code : error),
    );
  expect(['unavailable', 'deadline_exceeded']).toContain(code); // between two requests, or in the last one
  expect(requests()).toBeLessThan(1000);
});

const read = (session: Session) => session.statement((q) => q.select({ n: sql`1` }).from(sql`(select) t`));

it.each<[string, number, (session: Session) => PromiseLike<unknown>, string]>([
  ['a request that is too large', 413, read, 'payload_too_large'],
  ['an answer that is too large, of a read', 507, read, 'query_failed'],
  [
    'an answer that is too large, of what may be saved by now',
    507,
    (session) => run(session, insert),
    'commit_unknown',
  ],
])('%s is not tried again', async (_, code, ask, expected) => {
  next(status(code));
  await expect(ask(db).then()).rejects.toMatchObject({ code: expected });
  expect(requests()).toBe(1);
});
