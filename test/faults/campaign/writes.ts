import { eq, sql } from 'drizzle-orm';
import { Crud } from '../../../src/db/crud.ts';
import type { Transaction } from '../../../src/db/database.ts';
import { transactional } from '../../../src/db/transactional.ts';
import { ROW, repositoryWrites, rowRepository, TALLY, tallyRepository } from './repository-writes.ts';
import { rows } from './tables.ts';
import type { Write } from './write.ts';

/** The error of a body that fails: the very one has to come out. */
export class OwnError extends Error {}

const insert = (tx: Transaction, key: string, part: number) => rowRepository.create(tx, { key, part });
const read = (tx: Transaction, key: string) => rowRepository.all(tx, { where: { key } });
const nested = transactional({ propagation: 'nested' })((tx: Transaction, key: string) => insert(tx, key, 2).then());

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
    run: (db, key) =>
      db.batch((tx) => [insert(tx, key, 1)], {
        isolation: 'serializable',
        lockTimeoutMs: 1000,
        settings: { 'app.user_id': key },
      }),
    before: '',
    after: '1v1',
  },
  'CRUD base': {
    transport: 'http',
    run: (db, key) => new Crud(rowRepository).create(db, { key, part: 1 }),
    before: '',
    after: '1v1',
  },
  ...repositoryWrites,
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
  'statement that rides': {
    transport: 'websocket',
    run: (db, key) =>
      db.transaction(async (tx) => {
        await insert(tx, key, 1);
        await tx.ride((q) => q.insert(rows).values({ key, part: 2 }));
      }),
    before: '',
    after: '1v1 2v1',
  },
  transactional: {
    transport: 'websocket',
    run: transactional()(async (tx: Transaction, key: string) => {
      await insert(tx, key, 1);
      await nested(tx, key);
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
