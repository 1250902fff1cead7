import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { InteractiveTransaction } from '../../src/db/database.ts';
import { add, db, names, run, thrown, useThings } from './things.ts';

useThings();

describe('savepoints', () => {
  it('leave the outer transaction usable when an inner failure is caught', async () => {
    await db.transaction(async (tx) => {
      await add(tx, 'a');
      await tx
        .transaction(async (inner) => {
          await add(inner, 'b');
          await add(inner, 'a');
        })
        .catch((error) => expect(error).toMatchObject({ code: 'conflict' }));
      await add(tx, 'c');
    });
    expect(await names()).toEqual(['a', 'c']);
  });

  it('work at any depth', async () => {
    await db.transaction(async (one) => {
      await add(one, '1');
      await one.transaction(async (two) => {
        await add(two, '2');
        await two
          .transaction(async (three) => {
            await add(three, '3');
            throw new Error('three');
          })
          .catch(() => {});
        await two.transaction((three) => add(three, '3b').then());
      });
    });
    expect(await names()).toEqual(['1', '2', '3b']);
  });

  it('take turns side by side, and each keeps or loses its own', async () => {
    const results = await db.transaction((tx) =>
      Promise.allSettled([
        tx.transaction((inner) => add(inner, 'a').then(() => add(inner, 'b'))),
        tx.transaction(async (inner) => {
          await add(inner, 'c');
          throw new Error('second');
        }),
        tx.transaction((inner) => add(inner, 'd').then(() => add(inner, 'e'))),
      ]),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await names()).toEqual(['a', 'b', 'd', 'e']);
  });

  it('fail when their body swallowed an error', async () => {
    await db.transaction(async (tx) => {
      await add(tx, 'a');
      const inner = tx.transaction(async (inner) => {
        await add(inner, 'a').then(null, () => 'swallowed');
      });
      expect(await thrown(inner)).toMatchObject({ code: 'transaction_aborted', cause: { code: 'conflict' } });
    });
    expect(await names()).toEqual(['a']);
  });

  it('cannot undo what failed before them', async () => {
    const failed = db.transaction((tx) =>
      Promise.all([run(tx, sql`select 1/0`).then(), tx.transaction((inner) => add(inner, 'a').then()).catch(() => {})]),
    );
    expect(await thrown(failed)).toMatchObject({ code: 'invalid_value' });
  });

  it('refuse the outer handle while they are open', async () => {
    await db.transaction((tx) =>
      tx.transaction(async () => {
        expect(await thrown(add(tx, 'a').then())).toMatchObject({ code: 'misuse' });
      }),
    );
  });

  it('take turns however many there are, and whoever begins the next', async () => {
    const worker = (tx: InteractiveTransaction, name: string) => async () => {
      await tx.transaction(async (inner) => add(inner, `${name}1`));
      await tx.transaction(async (inner) => add(inner, `${name}2`));
    };
    await db.transaction((tx) => Promise.all(['a', 'b', 'c'].map((name) => worker(tx, name)())));
    expect(await names()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
  });

  it('leave a statement that was started beside them outside', async () => {
    await db.transaction(async (tx) => {
      const failing = tx.transaction(async (inner) => {
        await add(inner, 'b');
        throw new Error('inner');
      });
      await Promise.all([add(tx, 'a'), failing.catch(() => {})]);
    });
    expect(await names()).toEqual(['a']);
  });

  it('that are still open when the transaction ends undo all of it', async () => {
    let late: Promise<unknown> | undefined;
    const failed = db.transaction(async (tx) => {
      await add(tx, 'a');
      late = tx.transaction(async (inner) => {
        await add(inner, 'b');
        await new Promise((resolve) => setTimeout(resolve, 50));
        await add(inner, 'c');
      });
      late.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    expect(await thrown(failed)).toMatchObject({ code: 'misuse' });
    await expect(late).rejects.toMatchObject({ code: 'transaction_finished' });
    expect(await names()).toEqual([]);
  });
});
