import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database, Session } from '../../src/db/database.ts';
import { repository } from '../../src/db/repository.ts';
import { counters, openFixture } from '../db/fixture.ts';
import { resetWireStats, type TestDatabase, wireStats } from '../support/database.ts';

const CHUNK = 10;
const ROWS = 95;
const repo = repository(counters);

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

let db: Database;
let database: TestDatabase;
beforeAll(async () => {
  ({ db, database } = await openFixture());
  const values = Array.from({ length: ROWS }, (_, i) => ({ name: `n${i}` }));
  await db.batch((tx) => [repo.createMany(tx, values)]);
});
beforeEach(() => resetWireStats(database));

const onDatabase = (use: (session: Session) => Promise<void>) => use(db);
const inTransaction = (use: (session: Session) => Promise<void>) =>
  db.transaction((tx) => use(tx), { isolation: 'repeatable read' });

it.each([
  ['a database', onDatabase],
  ['a transaction', inTransaction],
])('on %s, the rows of a chunk are out of memory before the next is read', async (_, run) => {
  const given: WeakRef<object>[] = [];
  const alive: number[] = [];
  await run(async (session) => {
    const watched: Session = {
      ...session,
      runner: {
        ...session.runner,
        run(query) {
          collectGarbage();
          alive.push(given.filter((ref) => ref.deref()).length);
          return session.runner.run(query);
        },
      },
    };
    for await (const row of repo.iterate(watched, { chunk: CHUNK })) {
      given.push(new WeakRef(row));
      await setImmediate(); // a WeakRef holds what it refers to until the current job ends
    }
  });
  expect(given).toHaveLength(ROWS);
  expect(alive).toHaveLength(Math.ceil(ROWS / CHUNK));
  // The loop itself may hold on to a row or two, but not to the chunk.
  expect(Math.max(...alive)).toBeLessThan(CHUNK / 2);
});

it('reads a chunk when its first row is asked for, and none after the last that was', async () => {
  const requests: number[] = [];
  for await (const { id } of repo.iterate(db, { chunk: CHUNK })) {
    await setImmediate();
    requests.push((await wireStats(database)).http.requests);
    if (id === 3 * CHUNK) break;
  }
  expect(requests).toEqual(Array.from({ length: 3 * CHUNK }, (_, i) => Math.floor(i / CHUNK) + 1));
  await setImmediate();
  expect((await wireStats(database)).http.requests).toBe(3);
});
