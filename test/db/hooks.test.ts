import { describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { add, db, names, useThings } from './things.ts';

useThings();

describe('hooks', () => {
  const trace = async (
    body: (
      tx: Parameters<Parameters<Database['transaction']>[0]>[0],
      log: (s: string) => () => void,
    ) => Promise<unknown>,
  ) => {
    const log: string[] = [];
    await db.transaction((tx) => body(tx, (s) => () => log.push(s))).catch((error) => log.push(error.message));
    return log;
  };

  it('run once, in order, after the outermost commit', async () => {
    const log = await trace(async (tx, note) => {
      tx.afterCommit(note('first'));
      await tx.transaction(async (inner) => {
        inner.afterCommit(note('inner'));
        inner.afterRollback(note('never'));
        await add(inner, 'a');
      });
      tx.afterCommit(note('last'));
      note('body')();
    });
    expect(log).toEqual(['body', 'first', 'inner', 'last']);
  });

  it('of a rolled-back savepoint are its own', async () => {
    const log = await trace(async (tx, note) => {
      await tx
        .transaction(async (inner) => {
          inner.afterCommit(note('never'));
          inner.afterRollback(note('inner undone'));
          await add(inner, 'a');
          throw new Error('x');
        })
        .catch(() => {});
      tx.afterCommit(note('committed'));
      await add(tx, 'b');
    });
    expect(log).toEqual(['inner undone', 'committed']);
  });

  it('for rollback run after the rollback, and before the error is thrown', async () => {
    const log = await trace(async (tx, note) => {
      tx.afterCommit(note('never'));
      tx.afterRollback(note('undone'));
      await add(tx, 'a');
      throw new Error('mine');
    });
    expect(log).toEqual(['undone', 'mine']);
  });

  it('that throw are logged, and change nothing', async () => {
    const errors = vi.spyOn(console, 'error').mockReturnValue();
    const log = await trace(async (tx, note) => {
      tx.afterCommit(() => {
        throw new Error('secret');
      });
      tx.afterCommit(note('next'));
      await add(tx, 'a');
    });
    expect([log, await names()]).toEqual([['next'], ['a']]);
    expect(JSON.parse(errors.mock.calls[0]?.[0])).toMatchObject({ level: 'error', event: 'transaction_hook_failed' });
    expect(errors.mock.calls.flat().join()).not.toMatch(/secret/);
    errors.mockRestore();
  });

  it('belong to a batch too', async () => {
    const log: string[] = [];
    await db.batch((tx) => {
      tx.afterCommit(() => log.push('committed'));
      return [add(tx, 'a')];
    });
    await db
      .batch((tx) => {
        tx.afterRollback(() => log.push('undone'));
        return [add(tx, 'a')];
      })
      .catch((error) => log.push(error.code));
    expect(log).toEqual(['committed', 'undone', 'conflict']);
  });
});
