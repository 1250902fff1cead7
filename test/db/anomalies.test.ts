import { type SQL, sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchOptions, Database, InteractiveTransaction, Session } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Anomaly, check, type History, type Operation } from '../support/list-append.ts';

let db: Database;
let histories: History[];
let elements = 0;

const KEYS = ['x', 'y', 'z', 'u', 'v'];
const run = (session: Session, query: SQL) => session.statement((q) => q.execute(query));

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url, retry: { retries: 50, baseMs: 2, capMs: 20 } });
  await run(db, sql`create table lists (key text primary key, list int[] not null default '{}')`);
});

beforeEach(async () => {
  histories = [];
  await run(db, sql`truncate lists`);
  await run(db, sql`insert into lists select unnest(${`{${KEYS}}`}::text[])`);
});

/** What a transaction does with the lists, noted down. */
interface Lists {
  read(key: string): Promise<number[]>;
  /** Adds an element in place: the database reads and writes. */
  append(key: string): Promise<void>;
  /** Writes back what was read, with an element more: the application reads and writes. */
  write(key: string, list: readonly number[]): Promise<void>;
}

/** By the index: a scan of the small table would conflict with every write to it. */
const settings = { enable_seqscan: 'off' };

/** Runs a body in a transaction, noting every attempt of it, the aborted ones too. */
async function transact(
  isolation: NonNullable<BatchOptions['isolation']>,
  body: (lists: Lists) => Promise<unknown>,
  retries = 50,
): Promise<void> {
  let attempt: { committed: boolean; operations: Operation[] } = { committed: false, operations: [] };
  const begin = (tx: InteractiveTransaction): Lists => {
    const operations: Operation[] = [];
    attempt = { committed: false, operations };
    histories.push(Object.assign(attempt, { id: histories.length }));
    return {
      async read(key) {
        const [row] = await run(tx, sql`select list from lists where key = ${key}`);
        const list = row?.list as number[];
        operations.push({ kind: 'read', key, list });
        return list;
      },
      async append(key) {
        const element = ++elements;
        operations.push({ kind: 'append', key, element });
        await run(tx, sql`update lists set list = list || ${element}::int where key = ${key}`);
      },
      async write(key, list) {
        const element = ++elements;
        operations.push({ kind: 'append', key, element });
        await run(tx, sql`update lists set list = ${`{${[...list, element]}}`}::int[] where key = ${key}`);
      },
    };
  };
  await db.transaction((tx) => body(begin(tx)), { isolation, retries, settings });
  attempt.committed = true;
}

async function anomalies(): Promise<Anomaly[]> {
  const rows = await run(db, sql`select key, list from lists`);
  return [...check(histories, new Map(rows.map(({ key, list }) => [key as string, list as number[]])))];
}

/** Everyone waits here until `n` have come; later ones, of a second attempt, walk through. */
function barrier(n: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  return () => {
    if (--n <= 0) resolve();
    return promise;
  };
}

const lostUpdate = (isolation: NonNullable<BatchOptions['isolation']>) => {
  const bothHaveRead = barrier(2);
  const body = async (lists: Lists) => {
    const list = await lists.read('x');
    await bothHaveRead();
    await lists.write('x', list);
  };
  return Promise.all([transact(isolation, body), transact(isolation, body)]);
};

const writeSkew = (isolation: NonNullable<BatchOptions['isolation']>) => {
  const bothHaveRead = barrier(2);
  const body = (mine: string, others: string) => async (lists: Lists) => {
    await lists.read(others);
    await bothHaveRead();
    await lists.append(mine);
  };
  return Promise.all([transact(isolation, body('x', 'y')), transact(isolation, body('y', 'x'))]);
};

describe('the checker', () => {
  const append = (element: number, key = 'x') => ({ kind: 'append', key, element }) as const;
  const read = (list: number[], key = 'x') => ({ kind: 'read', key, list }) as const;
  const history = (id: number, operations: Operation[], committed = true): History => ({ id, operations, committed });

  /** What Postgres never does has to be made up. */
  it.each<[anomaly: Anomaly, final: Record<string, number[]>, histories: History[]]>([
    ['G1a', { x: [] }, [history(0, [append(1)], false), history(1, [read([1])])]],
    ['G1b', { x: [1, 2] }, [history(0, [append(1), append(2)]), history(1, [read([1])])]],
    ['G1c', { x: [1], y: [2] }, [history(0, [append(1), read([2], 'y')]), history(1, [append(2, 'y'), read([1])])]],
    [
      'G0',
      { x: [1, 2], y: [4, 3] },
      [history(0, [append(1), append(3, 'y')]), history(1, [append(2), append(4, 'y')])],
    ],
    [
      'incompatible order',
      { x: [1, 2] },
      [history(0, [append(1)]), history(1, [append(2)]), history(2, [read([2, 1])])],
    ],
  ])('finds %s', (anomaly, final, made) => {
    expect([...check(made, new Map(Object.entries(final)))]).toContain(anomaly);
  });

  it('finds nothing in a serial history', () => {
    const made = [history(0, [read([]), append(1), read([1])]), history(1, [read([1]), append(2)])];
    expect([...check(made, new Map([['x', [1, 2]]]))]).toEqual([]);
  });
});

describe('seeded', () => {
  it.each<
    [
      string,
      NonNullable<BatchOptions['isolation']>,
      (isolation: NonNullable<BatchOptions['isolation']>) => Promise<unknown>,
      Anomaly[],
    ]
  >([
    ['a lost update', 'read committed', lostUpdate, ['lost update']],
    ['a lost update', 'repeatable read', lostUpdate, []],
    ['a lost update', 'serializable', lostUpdate, []],
    ['write skew', 'read committed', writeSkew, ['write skew']],
    ['write skew', 'repeatable read', writeSkew, ['write skew']],
    ['write skew', 'serializable', writeSkew, []],
  ])('%s at %s', async (_, isolation, seed, expected) => {
    await seed(isolation);
    expect(await anomalies()).toEqual(expected);
    expect(histories.length > 2).toBe(expected.length === 0); // prevented by running one of them again
  });

  it('a read that is not repeatable, at read committed', async () => {
    const [hasRead, hasWritten] = [barrier(2), barrier(2)];
    await Promise.all([
      transact('read committed', async (lists) => {
        await lists.read('x');
        await hasRead();
        await hasWritten();
        await lists.read('y');
      }),
      hasRead().then(async () => {
        await transact('read committed', (lists) => lists.append('x').then(() => lists.append('y')));
        await hasWritten();
      }),
    ]);
    expect(await anomalies()).toEqual(['G-single']);
  });
});

/** mulberry32: the choices are the same in every run; who comes first is not. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

async function workload(isolation: NonNullable<BatchOptions['isolation']>, seed: number): Promise<void> {
  const choose = random(seed);
  const bodies = Array.from({ length: 40 }, () => {
    const steps = Array.from({ length: 1 + choose(4) }, () => [KEYS[choose(KEYS.length)] ?? 'x', choose(3)] as const);
    const fails = choose(6) === 0;
    return async (lists: Lists) => {
      for (const [key, action] of steps) {
        if (action === 0) await lists.append(key);
        else if (action === 1) await lists.write(key, await lists.read(key));
        else await lists.read(key);
      }
      if (fails) throw new Error('given up');
    };
  });
  const worker = async () => {
    for (let body = bodies.pop(); body; body = bodies.pop()) {
      await transact(isolation, body).catch((error) => expect(error.message).toBe('given up'));
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

describe('a random workload', { timeout: 20_000 }, () => {
  it('is free of all anomalies under serializable', async () => {
    await workload('serializable', 1);
    expect(histories.filter(({ committed }) => committed).length).toBeGreaterThan(30);
    expect(await anomalies()).toEqual([]);
  });

  it('has none but write skew under repeatable read', async () => {
    await workload('repeatable read', 2);
    expect((await anomalies()).filter((anomaly) => anomaly !== 'write skew')).toEqual([]);
  });
});
