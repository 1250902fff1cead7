import { sql } from 'drizzle-orm';
import { beforeAll, expect, it } from 'vitest';
import type { Database, Session, Transaction } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/neon.ts';
import { transactional } from '../../src/db/transactional.ts';
import { createTestDatabase } from '../support/database.ts';

let db: Database;

beforeAll(async () => {
  db = openDatabase({ url: (await createTestDatabase()).url });
});

class Service {
  readonly greeting = 'hello';

  @transactional({ isolation: 'serializable' })
  async level(session: Session, name: string): Promise<string> {
    const rows = await session.statement((q) =>
      q.execute(sql`select current_setting('transaction_isolation') as level`),
    );
    return `${this.greeting} ${name}: ${rows[0]?.level}`;
  }

  @transactional({ propagation: 'mandatory' })
  async inside(tx: Transaction): Promise<string> {
    return tx.kind;
  }
}

it('decorates a method: begins on a database, joins a transaction, keeps `this`', async () => {
  const service = new Service();
  expect(await service.level(db, 'ada')).toBe('hello ada: serializable');
  expect(await db.transaction((tx) => service.level(tx, 'ada'))).toBe('hello ada: read committed');
  expect(await db.transaction((tx) => service.inside(tx))).toBe('transaction');
});
