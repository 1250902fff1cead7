import { sql } from 'drizzle-orm';
import { bigint, boolean, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const id = () => uuid().primaryKey().default(sql`uuidv7()`);
const createdAt = () => timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow();

export const accounts = pgTable('accounts', {
  id: id(),
  username: text().notNull().unique(),
  email: text().notNull().unique(),
  hashedPassword: text('hashed_password').notNull(),
  fullName: text('full_name'),
  isActive: boolean('is_active').notNull().default(true),
  balance: integer().notNull().default(0),
  createdAt: createdAt(),
  updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

export const orders = pgTable('orders', {
  id: id(),
  accountId: uuid('account_id')
    .notNull()
    .references(() => accounts.id),
  item: text().notNull(),
  quantity: integer().notNull(),
  note: text(),
  createdAt: createdAt(),
});

export const orderLines = pgTable('order_lines', {
  id: id(),
  orderId: uuid('order_id')
    .notNull()
    .references(() => orders.id),
  item: text().notNull(),
  quantity: integer().notNull(),
  price: integer().notNull(),
});

export const entries = pgTable('entries', {
  id: id(),
  accountId: uuid('account_id')
    .notNull()
    .references(() => accounts.id),
  amount: integer().notNull(),
  balance: integer().notNull(),
  createdAt: createdAt(),
});

export const sessions = pgTable('sessions', {
  id: id(),
  accountId: uuid('account_id')
    .notNull()
    .references(() => accounts.id),
  tokenHash: text('token_hash').notNull(),
  expiresAt: timestamp('expires_at', { withTimezone: true, precision: 3 }).notNull(),
  createdAt: createdAt(),
});

export const items = pgTable('items', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
});
