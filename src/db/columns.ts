import { type AnyColumn, type SQL, sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  type IndexBuilder,
  type IndexColumn,
  integer,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { v7 as uuidv7 } from 'uuid';
import { bytesToText } from './bytes.ts';

/** Primary key: a UUIDv7 made by the caller (RFC 9562, 5.7), so that a batch can refer to a row it is only now inserting. */
export const id = () => ({ id: uuid('id').primaryKey().$defaultFn(uuidv7) });

/** Primary key: a number given by the database, up to 2^53 - 1 in JavaScript. A batch cannot refer to a row it inserts. */
export const identity = () => ({ id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity() });

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

/** The user of this transaction: its setting `app.user_id`, or NULL. */
const currentUser = sql`nullif(current_setting('app.user_id', true), '')::uuid`;

/**
 * Who made the row and who changed it last: the transaction's setting `app.user_id`, unless the writer says otherwise.
 * The trigger `kura_set_updated_by` keeps `updated_by` for every writer.
 */
export const audit = () => ({
  createdBy: uuid('created_by').default(currentUser),
  updatedBy: uuid('updated_by').default(currentUser),
});

/** Bytes, as a `Uint8Array`. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array | string }>({
  dataType: () => 'bytea',
  // As text, so that an array of them becomes a right array literal too.
  toDriver: bytesToText,
});

/** The condition of a partial unique index on a soft-deleted table: only living rows count. */
export const notDeleted = sql`is_deleted = false`;

interface SoftDeleteColumns {
  readonly isDeleted: AnyColumn;
  readonly deletedAt: AnyColumn;
}

/** The CHECK that goes with `softDelete()`: a row is deleted exactly if it has a time of deletion. */
export const softDeleteCheck = (name: string, t: SoftDeleteColumns) =>
  check(name, sql`${t.isDeleted} = (${t.deletedAt} is not null)`);

/** A unique index in which deleted rows do not count, so that a deleted row's name is free again. */
export const uniqueAmongLiving = (name: string, ...on: [Indexed, ...Indexed[]]): IndexBuilder =>
  uniqueIndex(name)
    .on(...on)
    .where(notDeleted);

type Indexed = IndexColumn | SQL;
