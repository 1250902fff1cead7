import { sql } from 'drizzle-orm';
import { boolean, integer, timestamp, uuid } from 'drizzle-orm/pg-core';
import { v7 as uuidv7 } from 'uuid';

/** Primary key: a UUIDv7 made by the caller (RFC 9562, 5.7), so that a batch can refer to a row it is only now inserting. */
export const id = () => ({ id: uuid('id').primaryKey().$defaultFn(uuidv7) });

/** `created_at` and `updated_at` by the database's clock; the trigger `kura_set_updated_at` keeps `updated_at` for every writer. */
export const timestamps = () => ({
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  updatedAt: timestamp('updated_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
});

/** Rows are marked, not removed. `is_deleted` and `deleted_at` are kept consistent by a CHECK (`softDeleteCheck`). */
export const softDelete = () => ({
  isDeleted: boolean('is_deleted').notNull().default(false),
  deletedAt: timestamp('deleted_at', { withTimezone: true, precision: 3 }),
});

/** Optimistic locking: 1 for a new row, raised by the trigger `kura_raise_version` at every update, whoever makes it. */
export const version = () => ({ version: integer('version').notNull().default(1) });

/** The condition of a partial unique index on a soft-deleted table: only living rows count. */
export const notDeleted = sql`is_deleted = false`;
