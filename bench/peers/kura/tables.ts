import { bigint, boolean, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { id } from '../../../src/db/columns.ts';

const createdAt = () => timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow();

export const accounts = pgTable('accounts', {
  ...id(),
  username: text('username').notNull(),
  email: text('email').notNull(),
  hashedPassword: text('hashed_password').notNull(),
  fullName: text('full_name'),
  isActive: boolean('is_active').notNull().default(true),
  balance: integer('balance').notNull().default(0),
  createdAt: createdAt(),
  updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

export const orders = pgTable('orders', {
  ...id(),
  accountId: uuid('account_id').notNull(),
  item: text('item').notNull(),
  quantity: integer('quantity').notNull(),
  note: text('note'),
  createdAt: createdAt(),
});

export const orderLines = pgTable('order_lines', {
  ...id(),
  orderId: uuid('order_id').notNull(),
  item: text('item').notNull(),
  quantity: integer('quantity').notNull(),
  price: integer('price').notNull(),
});

export const entries = pgTable('entries', {
  ...id(),
  accountId: uuid('account_id').notNull(),
  amount: integer('amount').notNull(),
  balance: integer('balance').notNull(),
  createdAt: createdAt(),
});

export const sessions = pgTable('sessions', {
  ...id(),
  accountId: uuid('account_id').notNull(),
  tokenHash: text('token_hash').notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true, precision: 3 }).notNull(),
  createdAt: createdAt(),
});

export const items = pgTable('items', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  name: text('name').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
});
