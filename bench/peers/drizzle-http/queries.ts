import { compare } from 'bcryptjs';
import { and, desc, eq, getTableColumns, lt, or } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { newToken, SESSION_MS } from '../rules.ts';
import { accounts, items, orders, sessions } from './tables.ts';

/** What is written alike for both of Drizzle's Neon drivers. */
type Db = PgDatabase<PgQueryResultHKT, Record<string, unknown>>;

const { hashedPassword: _, ...shown } = getTableColumns(accounts);

interface NewOrder {
  readonly accountId: string;
  readonly item: string;
  readonly quantity: number;
  readonly note: string;
}

export async function read(db: Db, id: string) {
  const [account] = await db.select(shown).from(accounts).where(eq(accounts.id, id));
  return account;
}

/** Two queries side by side: "Count rows" of Drizzle's guides. */
export async function list(db: Db, limit: number) {
  const page = db.select(shown).from(accounts).orderBy(accounts.id).limit(limit);
  const [rows, total] = await Promise.all([page, db.$count(accounts)]);
  return { items: rows, total };
}

export async function create(db: Db, order: NewOrder) {
  const [created] = await db.insert(orders).values(order).returning();
  return created;
}

export async function logIn(db: Db, { username, password }: { username: string; password: string }) {
  const [account] = await db.select().from(accounts).where(eq(accounts.username, username));
  if (!account?.isActive || !(await compare(password, account.hashedPassword))) return undefined;
  const { token, tokenHash } = await newToken();
  const expiresAt = new Date(Date.now() + SESSION_MS);
  await db.insert(sessions).values({ accountId: account.id, tokenHash, expiresAt });
  return token;
}

/** "Cursor-based pagination" of Drizzle's guides: the condition spelt out, for two columns. */
export async function page(db: Db, limit: number, cursor: string | undefined) {
  const [time = '', id = ''] = cursor?.split('_') ?? [];
  const at = new Date(time);
  const after = cursor
    ? or(lt(items.createdAt, at), and(eq(items.createdAt, at), lt(items.id, Number(id))))
    : undefined;
  const rows = await db.select().from(items).where(after).orderBy(desc(items.createdAt), desc(items.id)).limit(limit);
  const last = rows.at(-1);
  return { items: rows, next: last ? `${last.createdAt.toISOString()}_${last.id}` : null };
}

export async function offset(db: Db, limit: number, skip: number) {
  const newest = [desc(items.createdAt), desc(items.id)];
  return {
    items: await db
      .select()
      .from(items)
      .orderBy(...newest)
      .limit(limit)
      .offset(skip),
  };
}
