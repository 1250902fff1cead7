import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { add, db, names, run, thrown, useThings } from './things.ts';

useThings();

describe('retries', () => {
  it('run the whole body again after a serialization failure', async () => {
    await run(db, sql`insert into things values ('n', 0)`);
    let attempts = 0;
    const increment = () =>
      db.transaction(
        async (tx) => {
          attempts++;
          const [row] = await run(tx, sql`select n from things where name = 'n'`);
          await run(tx, sql`update things set n = ${Number(row?.n) + 1} where name = 'n'`);
        },
        { isolation: 'serializable', retries: 20 },
      );
    await Promise.all(Array.from({ length: 5 }, increment));
    expect(await run(db, sql`select n from things`)).toEqual([{ n: 5 }]);
    expect(attempts).toBeGreaterThan(5);
  });

  it('run it again after a deadlock', async () => {
    await run(db, sql`insert into things values ('a', 0), ('b', 0)`);
    let meet: () => void = () => {};
    const both = new Promise<void>((resolve) => {
      let arrived = 0;
      meet = () => ++arrived >= 2 && resolve();
    });
    const touch = (first: string, second: string) =>
      db.transaction(async (tx) => {
        await run(tx, sql`update things set n = n + 1 where name = ${first}`);
        meet();
        await both;
        await run(tx, sql`update things set n = n + 1 where name = ${second}`);
      });
    await Promise.all([touch('a', 'b'), touch('b', 'a')]);
    expect(await run(db, sql`select n from things`)).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('stop at the cap, with the last error; hooks run once', async () => {
    let attempts = 0;
    let undone = 0;
    const failing = db.transaction(
      async (tx) => {
        attempts++;
        tx.afterRollback(() => undone++);
        await run(tx, sql`do $$ begin raise exception using errcode = '40001'; end $$`);
      },
      { retries: 2 },
    );
    expect(await thrown(failing)).toMatchObject({ code: 'serialization_failure' });
    expect([attempts, undone]).toEqual([3, 1]);
  });

  it('are not for errors of the body', async () => {
    let attempts = 0;
    const failing = db.transaction(async (tx) => {
      attempts++;
      await add(tx, 'a');
      throw new AppError('serialization_failure'); // not this transaction's
    });
    expect(await thrown(failing)).toMatchObject({ code: 'serialization_failure' });
    expect(attempts).toBe(1);
  });

  it('run it again when the failure leaves a savepoint, and the body with it', async () => {
    let attempts = 0;
    await db.transaction(async (tx) => {
      await add(tx, 'a');
      await tx.transaction(async (inner) => {
        if (++attempts === 1) await run(inner, sql`do $$ begin raise exception using errcode = '40001'; end $$`);
        await add(inner, 'b');
      });
    });
    expect([attempts, await names()]).toEqual([2, ['a', 'b']]);
  });

  it('run it again when the backend is killed before COMMIT', async () => {
    let attempts = 0;
    await db.transaction(async (tx) => {
      attempts++;
      const [row] = await run(tx, sql`select pg_backend_pid() as pid`);
      if (attempts === 1) await run(db, sql`select pg_terminate_backend(${row?.pid}::int)`);
      await add(tx, 'a');
    });
    expect([attempts, await names()]).toEqual([2, ['a']]);
  });
});
