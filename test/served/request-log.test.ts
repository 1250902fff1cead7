import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { answerOf, type Served, serve } from '../support/served.ts';

let database: TestDatabase;
let served: Served;

beforeAll(async () => {
  database = await createTestDatabase();
  served = await serve(database);
});
afterAll(() => served.close());

const json = { 'Content-Type': 'application/json' };
const ada = JSON.stringify({ username: 'ada', email: 'ada@example.com', password: 'correct horse' });

it('writes one line for a request, with time that has passed', async () => {
  const { response } = await answerOf(
    served.send('POST', '/v1/users?token=s3cret', { ...json, 'X-Request-Id': 'one' }).end(ada),
  );
  expect(response.statusCode).toBe(201);
  const lines = await served.linesOf('one');
  expect(lines).toMatchObject([{ event: 'request', route: '/v1/users', status: 201, roundTrips: 1 }]);
  expect(lines[0]?.databaseMs).toBeGreaterThan(0);
  expect(JSON.stringify(lines)).not.toContain('s3cret');
});

it('writes one line for a request whose client has gone away, and ends it all the same', async () => {
  const client = new pg.Client(database.directUrl);
  await client.connect();
  await client.query('begin; lock table users');
  const sent = served.send('POST', '/v1/users', { ...json, 'X-Request-Id': 'gone' });
  sent.on('error', () => {});
  sent.end(ada.replaceAll('ada', 'grace'));
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  // A transaction sees what it saw of the others at first, until it clears that.
  while ((await client.query(waiting)).rowCount === 0) await client.query('select pg_stat_clear_snapshot()');

  sent.socket?.resetAndDestroy();
  await answerOf(served.send('GET', '/health/live').end()); // what came before it has been seen
  await client.query('rollback');
  await client.end();
  const line = { event: 'request', route: '/v1/users', status: 201, aborted: true };
  expect(await served.linesOf('gone')).toMatchObject([line]);
});
