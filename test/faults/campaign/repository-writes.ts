import type { Transaction } from '../../../src/db/database.ts';
import type { Reader } from '../../../src/db/repository/reader.ts';
import { type Repository, repository } from '../../../src/db/repository.ts';
import type { Statement } from '../../../src/db/statement.ts';
import { rows, tallies } from './tables.ts';
import type { Write } from './write.ts';

type WriteMethod = Exclude<keyof Repository<typeof rows>, keyof Reader<typeof rows>>;

interface MethodWrite extends Pick<Write, 'prepare' | 'before' | 'after'> {
  run(tx: Transaction, key: string): Statement<unknown>;
}

export const rowRepository = repository(rows);
export const tallyRepository = repository(tallies);

/** A row whose id is the key. */
export const ROW = 'insert into fault_rows (id, key, part) values ($1::uuid, $1, 1)';
const DELETED_ROW = `insert into fault_rows (id, key, part, is_deleted, deleted_at) values ($1::uuid, $1, 1, true, now())`;
export const TALLY = 'insert into fault_tallies (id, key) values (gen_random_uuid(), $1)';
const onKey = { on: ['key'], set: ['key'] } as const;

/** Every method of a repository that writes: its type keeps the list whole. */
const methods: Readonly<Record<WriteMethod, MethodWrite>> = {
  create: { run: (tx, key) => rowRepository.create(tx, { key, part: 1 }), before: '', after: '1v1' },
  createMany: {
    run: (tx, key) =>
      rowRepository.createMany(
        tx,
        [1, 2, 3].map((part) => ({ key, part })),
      ),
    before: '',
    after: '1v1 2v1 3v1',
  },
  update: { run: (tx, key) => rowRepository.update(tx, key, { part: 2 }), prepare: ROW, before: '1v1', after: '2v2' },
  updateRow: {
    run: (tx, key) => rowRepository.updateRow(tx, { id: key, version: 1 }, { part: 2 }),
    prepare: ROW,
    before: '1v1',
    after: '2v2',
  },
  increment: {
    run: (tx, key) => rowRepository.increment(tx, key, { part: 1 }),
    prepare: ROW,
    before: '1v1',
    after: '2v2',
  },
  updateMany: {
    run: (tx, key) => rowRepository.updateMany(tx, { key }, { part: 2 }),
    prepare: ROW,
    before: '1v1',
    after: '2v2',
  },
  delete: { run: (tx, key) => rowRepository.delete(tx, key), prepare: ROW, before: '1v1', after: '-1v2' },
  remove: { run: (tx, key) => rowRepository.remove(tx, key), prepare: ROW, before: '1v1', after: '-1v2' },
  deleteMany: { run: (tx, key) => rowRepository.deleteMany(tx, { key }), prepare: ROW, before: '1v1', after: '-1v2' },
  restore: { run: (tx, key) => rowRepository.restore(tx, key), prepare: DELETED_ROW, before: '-1v1', after: '1v2' },
  purge: { run: (tx, key) => rowRepository.purge(tx, key), prepare: ROW, before: '1v1', after: '' },
  purgeMany: { run: (tx, key) => rowRepository.purgeMany(tx, { key }), prepare: ROW, before: '1v1', after: '' },
  upsert: {
    run: (tx, key) => tallyRepository.upsert(tx, { key }, onKey),
    prepare: TALLY,
    before: 'tally v1',
    after: 'tally v2',
  },
  upsertMany: {
    run: (tx, key) => tallyRepository.upsertMany(tx, [{ key }], onKey),
    prepare: TALLY,
    before: 'tally v1',
    after: 'tally v2',
  },
  getOrCreate: {
    run: (tx, key) => tallyRepository.getOrCreate(tx, { key }, { on: ['key'] }),
    before: '',
    after: 'tally v1',
  },
};

/** Each in a batch of its own. */
export const repositoryWrites: Readonly<Record<string, Write>> = Object.fromEntries(
  Object.entries(methods).map(([name, { run, ...write }]) => [
    name,
    { ...write, transport: 'http', run: (db, key) => db.batch((tx) => [run(tx, key)]) },
  ]),
);
