import { AppError, isAppError } from '../errors.ts';
import { assertNoControl } from './control.ts';
import type { Database, Results, Transaction } from './database.ts';
import { drizzleStatement } from './drizzle.ts';
import { Hooks } from './hooks.ts';
import type { Runner, Statement } from './statement.ts';
import type { Query, Result, Transport } from './transport.ts';

interface Pending {
  readonly query: Query;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects the statements that `build` returns, and sends them together. */
export async function runBatch<const S extends readonly Statement<unknown>[]>(
  database: Database,
  transport: Transport,
  build: (tx: Transaction) => S,
): Promise<Results<S>> {
  const pending: Pending[] = [];
  const hooks = new Hooks();
  let open = false;
  const runner: Runner = {
    transferable: false,
    run(query) {
      assertNoControl(query);
      if (!open) throw new AppError('misuse', 'A statement of a batch is run by the batch: return it, do not await it');
      return new Promise((resolve, reject) => pending.push({ query, resolve, reject }));
    },
  };
  const statements = build({
    kind: 'transaction',
    database,
    runner,
    statement: (query) => drizzleStatement(runner, query),
    afterCommit: (hook) => hooks.add('commit', hook),
    afterRollback: (hook) => hooks.add('rollback', hook),
  });
  if (!Array.isArray(statements)) {
    void Promise.allSettled([statements]); // what the function awaited has failed for the same reason
    throw new AppError('misuse', 'The function of a batch returns a list of statements, and awaits nothing');
  }
  open = true;
  // async: one that is refused must not leave those before it waiting for ever.
  const results = Promise.all(statements.map(async (statement) => statement.runOn(runner)));
  open = false;
  let failure: unknown;
  if (pending.length === new Set(statements).size) {
    failure = await send(transport, pending);
  } else {
    failure = new AppError('misuse', 'Another statement of the batch cannot be run');
    for (const { reject } of pending) reject(failure);
  }
  results.catch(() => {}); // awaited below, once the hooks have run
  // By what became of the batch, not of its results: reading one may fail although it is saved.
  if (!isAppError(failure, 'commit_unknown')) await hooks.run(failure === undefined);
  return (await results) as Results<S>; // Promise.all keeps the order: position i holds statement i's result
}

/** Sends and settles; gives the error, if there was one. */
async function send(transport: Transport, pending: readonly Pending[]): Promise<unknown> {
  if (pending.length === 0) return undefined;
  try {
    const results = await transport.send(pending.map(({ query }) => query));
    pending.forEach(({ resolve, reject }, i) => {
      const result = results[i];
      if (result) resolve(result);
      else reject(new AppError('internal', 'The database sent fewer results than it was asked for'));
    });
    return undefined;
  } catch (error) {
    for (const { reject } of pending) reject(error);
    return error;
  }
}
