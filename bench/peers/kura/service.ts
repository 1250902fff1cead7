import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../../src/db/database.ts';
import { repository } from '../../../src/db/repository.ts';
import { AppError } from '../../../src/errors.ts';
import { verifyPassword } from '../../../src/users/password.ts';
import { LOWEST_BALANCE, newToken, priceOf, SESSION_MS } from '../rules.ts';
import type { Charge, CreateOrder, CreateOrderWithLine, LogIn } from './schemas.ts';
import * as tables from './tables.ts';

export const accounts = repository(tables.accounts, { name: 'account' });
export const items = repository(tables.items, { name: 'item' });
const orders = repository(tables.orders, { name: 'order' });
const orderLines = repository(tables.orderLines, { name: 'order line' });
const entries = repository(tables.entries, { name: 'entry' });
const sessions = repository(tables.sessions, { name: 'session' });

export async function createOrder(db: Database, input: CreateOrder) {
  const [order] = await db.batch((tx) => [orders.create(tx, input)]);
  return order;
}

export async function createOrderWithLine(db: Database, { price, ...input }: CreateOrderWithLine) {
  const id = uuidv7();
  const line = { orderId: id, item: input.item, quantity: input.quantity, price };
  const [order, stored] = await db.batch((tx) => [orders.create(tx, { ...input, id }), orderLines.create(tx, line)]);
  return { order, line: stored };
}

export function charge(db: Database, { accountId, amount }: Charge) {
  return db.transaction(async (tx) => {
    const account = await accounts.get(tx, accountId, { lock: 'no key update' });
    const price = priceOf(amount, account.balance);
    const { balance } = await accounts.update(tx, accountId, { balance: account.balance - price });
    const entry = await entries.create(tx, { accountId, amount: price, balance });
    if (entry.balance < LOWEST_BALANCE) throw new AppError('conflict', 'The account owes too much');
    return entry;
  });
}

export async function logIn(db: Database, { username, password }: LogIn): Promise<string> {
  const account = await accounts.findOne(db, { username });
  if (!account?.isActive || !(await verifyPassword(password, account.hashedPassword))) {
    throw new AppError('invalid_input', 'Wrong username or password');
  }
  const { token, tokenHash } = await newToken();
  const expiresAt = new Date(Date.now() + SESSION_MS);
  await db.batch((tx) => [sessions.create(tx, { accountId: account.id, tokenHash, expiresAt })]);
  return token;
}
