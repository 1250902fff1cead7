// The examples of docs/data-layer.md: every region stands there as it is here, and is compiled and run here.
// #region table
import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import {
  id,
  notDeleted,
  softDelete,
  softDeleteCheck,
  timestamps,
  uniqueAmongLiving,
  version,
} from '../../src/db/columns.ts';
import { repository } from '../../src/db/repository.ts';

const authors = pgTable(
  'authors',
  { ...id(), name: text('name').notNull(), ...timestamps(), ...softDelete(), ...version() },
  (t) => [uniqueAmongLiving('authors_name_key', t.name), softDeleteCheck('authors_soft_delete_check', t)],
);

const books = pgTable('books', {
  ...id(),
  authorId: uuid('author_id').notNull(),
  title: text('title').notNull(),
  copies: integer('copies').notNull().default(0),
});

const authorRepository = repository(authors, { name: 'author' });
const bookRepository = repository(books, { name: 'book' });

// #endregion

// #region imports
import { sql } from 'drizzle-orm';
import { Crud } from '../../src/db/crud.ts';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase, withDatabase } from '../../src/db/neon.ts';
import { listQuery, offsetFields } from '../../src/db/query-string.ts';
import { toMany } from '../../src/db/relations.ts';
import { transactional } from '../../src/db/transactional.ts';
import { isAppError } from '../../src/errors.ts';

// #endregion

import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import pg from 'pg';
import { beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';

let url: string;
let db: Database;

beforeAll(async () => {
  const database = await createTestDatabase();
  url = database.url;
  db = openDatabase({ url });
  const client = new pg.Client(database.directUrl);
  await client.connect();
  for (const statement of await generateMigration(generateDrizzleJson({}), generateDrizzleJson({ authors, books }))) {
    await client.query(statement);
  }
  await client.query(`create trigger authors_version before update on authors
    for each row when (old.* is distinct from new.*) execute function kura_raise_version()`);
  await client.end();
});

let n = 0;
const newAuthor = async () => {
  n++;
  const [author] = await db.batch((tx) => [authorRepository.create(tx, { name: `Author ${n}` })]);
  return author;
};

it('opens', async () => {
  // #region open
  const opened: Database = openDatabase({ url });
  const before = await authorRepository.count(opened);
  await opened.close();

  const count = await withDatabase({ url, applicationName: 'reports', statementTimeoutMs: 5000 }, async (db) => {
    return authorRepository.count(db);
  });
  // #endregion
  expect([before, count]).toEqual([0, 0]);
});

it('reads', async () => {
  const { id } = await newAuthor();
  // #region read
  const author = await authorRepository.get(db, id); // throws not_found
  const maybe = await authorRepository.find(db, id); // or undefined
  const [first, total] = await Promise.all([
    authorRepository.findOne(db, { name: { startsWith: 'Author' } }),
    authorRepository.count(db),
  ]); // two requests side by side: the time of one
  // #endregion
  expect([author.id, maybe?.id, first?.name, total]).toEqual([id, id, expect.any(String), 1]);
});

it('runs any query', async () => {
  await newAuthor();
  // #region statement
  const perAuthor = db.statement((q) =>
    q
      .select({ name: authors.name, books: sql`count(${books.id})`.mapWith(Number) })
      .from(authors)
      .leftJoin(books, sql`${books.authorId} = ${authors.id}`)
      .where(notDeleted)
      .groupBy(authors.id),
  );
  const rows = await perAuthor; // lazy: it runs now, and once
  // #endregion
  expect(rows.at(-1)).toEqual({ name: expect.any(String), books: 0 });
});

it('writes in a batch', async () => {
  // #region batch
  const authorId = crypto.randomUUID();
  const [author, book] = await db.batch((tx) => [
    authorRepository.create(tx, { id: authorId, name: 'Ursula K. Le Guin' }),
    bookRepository.create(tx, { authorId, title: 'The Dispossessed' }),
  ]);
  // #endregion
  expect(book.authorId).toBe(author.id);
});

it('writes in a transaction', async () => {
  const { id: authorId } = await newAuthor();
  const [{ id: bookId }] = await db.batch((tx) => [bookRepository.create(tx, { authorId, title: 'x', copies: 1 })]);
  // #region transaction
  const left = await db.transaction(
    async (tx) => {
      const book = await bookRepository.get(tx, bookId, { lock: 'update' });
      if (book.copies === 0) throw new Error('None left');
      const lent = await bookRepository.increment(tx, bookId, { copies: -1 });
      tx.afterCommit(() => console.log('lent'));
      return lent.copies;
    },
    { isolation: 'read committed', deadlineMs: 5000, settings: { 'app.user_id': authorId } },
  );
  // #endregion
  expect(left).toBe(0);
});

it('has savepoints', async () => {
  const { id: authorId } = await newAuthor();
  const rows = [
    { authorId, title: 'good' },
    { authorId: 'bad', title: 'bad' },
  ];
  // #region savepoint
  await db.transaction(async (tx) => {
    for (const row of rows) {
      try {
        await tx.transaction(async (inner) => bookRepository.create(inner, row));
      } catch (error) {
        if (!isAppError(error, 'invalid_value', 'invalid_input')) throw error; // skip a bad row, keep the others
      }
    }
  });
  // #endregion
  expect((await bookRepository.all(db, { where: { authorId } })).map(({ title }) => title)).toEqual(['good']);
});

it('is transactional', async () => {
  const { id } = await newAuthor();
  // #region transactional
  const rename = transactional()(async (tx: Transaction, id: string, name: string) => {
    const author = await authorRepository.get(tx, id);
    return authorRepository.updateRow(tx, author, { name });
  });

  await rename(db, id, 'Octavia E. Butler'); // a transaction of its own
  await db.transaction(async (tx) => rename(tx, id, 'N. K. Jemisin')); // joins this one
  // #endregion
  expect((await authorRepository.get(db, id)).version).toBe(3);
});

it('locks optimistically', async () => {
  const { id } = await newAuthor();
  // #region version
  const read = await authorRepository.get(db, id);
  await db.batch((tx) => [authorRepository.update(tx, id, { name: 'Somebody else was faster' })]);
  const stale = await db
    .batch((tx) => [authorRepository.update(tx, id, { name: 'Too late' }, { version: read.version })])
    .catch((error) => error.code);
  // #endregion
  expect(stale).toBe('stale_version');
});

it('tells a row that may not be changed from one that is not there', async () => {
  const { id: authorId } = await newAuthor();
  const { id: other } = await newAuthor();
  const [{ id: bookId }] = await db.batch((tx) => [bookRepository.create(tx, { authorId: other, title: 'Kindred' })]);
  // #region conditions
  const code = await db
    .batch((tx) => [bookRepository.update(tx, bookId, { title: 'Mine' }, { allowed: { authorId } })])
    .catch((error) => error.code);
  // #endregion
  expect(code).toBe('forbidden');
});

it('deletes softly', async () => {
  const { id, name } = await newAuthor();
  // #region soft-delete
  await db.batch((tx) => [authorRepository.delete(tx, id)]);
  const gone = await authorRepository.find(db, id); // undefined
  const kept = await authorRepository.withDeleted.get(db, id); // still there
  await db.batch((tx) => [authorRepository.restore(tx, id)]);
  // #endregion
  expect([gone, kept.name, kept.isDeleted]).toEqual([undefined, name, true]);
});

it('filters', async () => {
  const { id: authorId } = await newAuthor();
  // #region filter
  const found = await bookRepository.all(db, {
    where: {
      authorId,
      copies: { between: [1, 10] },
      or: [{ title: { iContains: 'night' } }, { title: { startsWith: '100%' } }], // % means itself
    },
    orderBy: ['-copies', 'title'],
    limit: 20,
  });
  // #endregion
  expect(found).toEqual([]);
});

it('reads a query string', async () => {
  // #region query-string
  const BookQuery = listQuery(
    books,
    { filter: { title: ['iContains'], copies: ['gte', 'lt'] }, sort: ['title', 'copies'] },
    offsetFields(50),
  );
  const query = BookQuery.parse({ 'filter[title][iContains]': 'night', 'filter[copies][gte]': '1', sort: '-copies' });
  const page = await bookRepository.list(db, query);
  // #endregion
  expect(page).toEqual({ items: [], total: 0, offset: 0, limit: 50 });
  expect(BookQuery.safeParse({ 'filter[copise]': '1' }).error?.issues[0]?.path).toEqual(['filter[copise]']);
});

it('pages', async () => {
  // #region pages
  const byNumber = await authorRepository.list(db, { orderBy: ['name'], offset: 0, limit: 2 });
  const first = await authorRepository.page(db, { orderBy: ['name'], limit: 2, secret: 'at least 16 bytes' });
  const second = first.next
    ? await authorRepository.page(db, { orderBy: ['name'], limit: 2, cursor: first.next, secret: 'at least 16 bytes' })
    : undefined;
  // #endregion
  expect([byNumber.items.length, byNumber.total > 2]).toEqual([2, true]);
  expect(second?.items).toHaveLength(2);
});

it('loads relations', async () => {
  const { id } = await newAuthor();
  await db.batch((tx) => [bookRepository.create(tx, { authorId: id, title: 'Kindred' })]);
  // #region relations
  const author = await authorRepository.get(db, id, {
    with: { books: toMany(books, 'authorId', { orderBy: ['title'], limit: 10 }) },
  });
  const titles = author.books.map(({ title }) => title);
  // #endregion
  expect(titles).toEqual(['Kindred']);
});

it('streams', async () => {
  // #region iterate
  let copies = 0;
  for await (const book of bookRepository.iterate(db, { chunk: 500 })) copies += book.copies;
  // #endregion
  expect(copies).toBeGreaterThanOrEqual(0);
});

it('has a one-call form', async () => {
  // #region crud
  const authorCrud = new Crud(authorRepository);
  const author = await authorCrud.create(db, { name: 'Italo Calvino' }); // one round trip, committed
  await db.transaction(async (tx) => {
    const renamed = await authorCrud.update(tx, author, { name: 'I. Calvino' }); // joins, commits nothing
    await authorCrud.remove(tx, renamed.id);
  });
  // #endregion
  expect(await authorCrud.get(db, author.id)).toBeUndefined();
});

it('keeps databases and transactions apart', async () => {
  // #region types
  const readEither = (session: Session, id: string) => authorRepository.find(session, id);
  // @ts-expect-error A write needs a transaction.
  const refused = () => authorRepository.create(db, { name: 'Nobody' });
  // #endregion
  expect(await readEither(db, crypto.randomUUID())).toBeUndefined();
  expect(refused).toThrow();
});

it('names its errors', async () => {
  const { name } = await newAuthor();
  // #region errors
  const code = await db
    .batch((tx) => [authorRepository.create(tx, { name })])
    .catch((error) => (isAppError(error, 'conflict') ? [error.constraint, error.columns] : error));
  // #endregion
  expect(code).toEqual(['authors_name_key', ['name']]);
});
