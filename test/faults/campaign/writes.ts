import { eq, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../../src/db/database.ts';
import { repository } from '../../../src/db/repository.ts';
import { rows, tallies } from './tables.ts';

/** A write of the data layer, and what the database has of its key before and after it. */
export interface Write {
  readonly transport: 'http' | 'websocket';
  run(db: Database, key: string): Promise<unknown>;
  /** SQL that makes what is there before; `$1` is the key. */
  readonly prepare?: string;
  readonly before: string;
  readonly after: string;
  /** It always fails, with this code; `own`: with the error that its body threw. */
  readonly fails?: 'own' | 'conflict';
}

/** The error of a body that fails: the very one has to come out. */
export class OwnError extends Error {}

const rowRepository = repository(rows);
const tallyRepository = repository(tallies);
const insert = (tx: Transaction, key: string, part: number) => rowRepository.create(tx, { key, part });
const read = (tx: Transaction, key: string) => rowRepository.all(tx, { where: { key } });
const ROW = 'insert into fault_rows (id, key, part) values (gen_random_uuid(), $1, 1)';
const TALLY = 'insert into fault_tallies (id, key) values (gen_random_uuid(), $1)';

export const writes: Readonly<Record<string, Write>> = {
  'one-shot insert': {
    transport: 'http',
    run: async (db, key) => db.statement((q) => q.insert(rows).values({ key, part: 1 })),
    before: '',
    after: '1v1',
  },
  'one-shot update': {
    transport: 'http',
    run: async (db, key) => db.statement((q) => q.update(rows).set({ part: 2 }).where(eq(rows.key, key))),
    prepare: ROW,
    before: '1v1',
    after: '2v2',
  },
  'batch of two': {
    transport: 'http',
    run: (db, key) => db.batch((tx) => [insert(tx, key, 1), insert(tx, key, 2)]),
    before: '',
    after: '1v1 2v1',
  },
  'batch with settings': {
    transport: 'http',
    run: (db, key) => db.batch((tx) => [insert(tx, key, 1)], { isolation: 'serializable', lockTimeoutMs: 1000 }),
    before: '',
    after: '1v1',
  },
  createMany: {
    transport: 'http',
    run: (db, key) =>
      db.batch((tx) => [
        rowRepository.createMany(
          tx,
          [1, 2, 3].map((part) => ({ key, part })),
        ),
      ]),
    before: '',
    after: '1v1 2v1 3v1',
  },
  upsert: {
    transport: 'http',
    run: (db, key) => db.batch((tx) => [tallyRepository.upsert(tx, { key }, { on: ['key'], set: ['key'] })]),
    prepare: TALLY,
    before: 'tally v1',
    after: 'tally v2',
  },
  'soft delete': {
    transport: 'http',
    run: (db, key) => db.batch((tx) => [rowRepository.deleteMany(tx, { key })]),
    prepare: ROW,
    before: '1v1',
    after: '-1v2',
  },
  purge: {
    transport: 'http',
    run: (db, key) => db.batch((tx) => [rowRepository.purgeMany(tx, { key })]),
    prepare: ROW,
    before: '1v1',
    after: '',
  },
  'transaction, 1 wait': {
    transport: 'websocket',
    run: (db, key) => db.transaction((tx) => insert(tx, key, 1)),
    before: '',
    after: '1v1',
  },
  'transaction, 3 waits': {
    transport: 'websocket',
    run: (db, key) =>
      db.transaction(async (tx) => {
        await insert(tx, key, 1);
        const found = await read(tx, key);
        await insert(tx, key, found.length + 1);
      }),
    before: '',
    after: '1v1 2v1',
  },
  savepoint: {
    transport: 'websocket',
    run: (db, key) =>
      db.transaction(async (tx) => {
        await insert(tx, key, 1);
        const inner = tx.transaction(async (inside) => {
          await insert(inside, key, 2);
          throw new OwnError();
        });
        await inner.catch((error: unknown) => {
          if (!(error instanceof OwnError)) throw error;
        });
        await tx.transaction((inside) => insert(inside, key, 3).then());
      }),
    before: '',
    after: '1v1 3v1',
  },
  'read, then write, serializable': {
    transport: 'websocket',
    run: (db, key) =>
      db.transaction(
        async (tx) => {
          const [row] = await read(tx, key);
          if (row) await rowRepository.updateRow(tx, row, { part: row.part + 1 });
        },
        { isolation: 'serializable' },
      ),
    prepare: ROW,
    before: '1v1',
    after: '2v2',
  },
  'body that throws': {
    transport: 'websocket',
    run: (db, key) =>
      db.transaction(async (tx) => {
        await insert(tx, key, 1);
        throw new OwnError();
      }),
    before: '',
    after: '',
    fails: 'own',
  },
  'statement that fails': {
    transport: 'websocket',
    run: (db, key) =>
      db.transaction(async (tx) => {
        await insert(tx, key, 1);
        await tallyRepository.create(tx, { key });
      }),
    prepare: TALLY,
    before: 'tally v1',
    after: 'tally v1',
    fails: 'conflict',
  },
  'run without commit': {
    transport: 'websocket',
    run: (db, key) => db.transaction((tx) => insert(tx, key, 1), { commit: false }),
    before: '',
    after: '',
  },
  'raw SQL in a transaction': {
    transport: 'websocket',
    run: (db, key) =>
      db.transaction((tx) =>
        tx.statement((q) =>
          q.execute(sql`insert into fault_rows (id, key, part) values (${crypto.randomUUID()}, ${key}, 1)`),
        ),
      ),
    before: '',
    after: '1v1',
  },
};
