import { AppError } from '../errors.ts';
import type { Database, InteractiveTransaction, Session, Transaction, TransactionOptions } from './database.ts';

/** What to do about a transaction that is there already, or not: the terms of Jakarta Transactions and Spring. */
export type Propagation =
  | 'required' // join it, or begin one (the default)
  | 'requires-new' // a transaction of its own, independent of it
  | 'nested' // a savepoint in it, or begin one
  | 'supports' // join it, or run without one
  | 'not-supported' // run outside it
  | 'mandatory' // join it, or throw transaction_required
  | 'never'; // throw transaction_forbidden, or run without one

export interface TransactionalOptions extends TransactionOptions {
  readonly propagation?: Propagation;
}

/** Where the function asks for a transaction, its caller may give a database too. */
type Callable<A extends unknown[]> = {
  [K in keyof A]: A[K] extends Transaction ? A[K] | Transaction | Database : A[K];
};

type Run = (session: Session) => Promise<unknown>;

/**
 * Runs a function in a transaction: the session among its arguments, in whatever position, is replaced by it. A call
 * without a session just runs. Wraps functions, and decorates methods:
 *
 *     const rename = transactional()(async (tx: Transaction, id: string, name: string) => …);
 *     class Service { @transactional({ propagation: 'nested' }) async rename(tx: Transaction, …) { … } }
 */
export function transactional(options: TransactionalOptions = {}) {
  const { propagation = 'required', ...rest } = options;
  return function wrap<This, A extends unknown[], R>(
    fn: (this: This, ...args: A) => Promise<R>,
    _context?: ClassMethodDecoratorContext,
  ): (this: This, ...args: Callable<A>) => Promise<R> {
    return async function wrapped(this: This, ...args: Callable<A>): Promise<R> {
      const position = args.findIndex(isSession);
      const session = args[position];
      if (!isSession(session)) return fn.apply(this, args as A);
      const run: Run = (inner) => fn.apply(this, args.with(position, inner) as A);
      return (await propagate(propagation, session, rest, run)) as R; // what run gives is what fn gave
    };
  };
}

function propagate(propagation: Propagation, session: Database | Transaction, options: TransactionOptions, run: Run) {
  if (session.kind === 'database') {
    if (propagation === 'mandatory')
      throw new AppError('transaction_required', 'This has to be called in a transaction');
    const without = propagation === 'supports' || propagation === 'not-supported' || propagation === 'never';
    return without ? run(session) : session.transaction(run, options);
  }
  switch (propagation) {
    case 'never':
      throw new AppError('transaction_forbidden', 'This must not be called in a transaction');
    case 'not-supported':
      return run(session.database);
    case 'requires-new':
      return session.database.transaction(run, options);
    case 'nested':
      if (!isInteractive(session)) throw new AppError('misuse', 'A batch has no savepoints');
      return session.transaction(run);
    default:
      return run(session);
  }
}

const isInteractive = (tx: Transaction): tx is InteractiveTransaction => 'transaction' in tx;

function isSession(value: unknown): value is Database | Transaction {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('statement' in value)) return false;
  return value.kind === 'database' || value.kind === 'transaction';
}
