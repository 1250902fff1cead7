import { neonConfig, Pool } from '@neondatabase/serverless';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/neon-serverless';
import { type Context, Hono } from 'hono';
import { create, list, logIn, offset, page, read } from '../drizzle-http/queries.ts';
import { accounts, entries, orderLines, orders } from '../drizzle-http/tables.ts';
import { pointAt } from '../local-neon.ts';
import { LOWEST_BALANCE, priceOf } from '../rules.ts';

interface Bindings {
  DATABASE_URL: string;
}

type C = Context<{ Bindings: Bindings }>;

/**
 * Hono and Drizzle's neon-serverless driver. A `Pool` is made and ended in each request, as Neon's README tells for
 * serverless functions: a WebSocket cannot outlive one.
 */
const app = new Hono<{ Bindings: Bindings }>();

async function withDb<T>(c: C, use: (db: ReturnType<typeof drizzle>) => Promise<T>): Promise<T> {
  pointAt(neonConfig, c.env.DATABASE_URL);
  const pool = new Pool({ connectionString: c.env.DATABASE_URL });
  try {
    return await use(drizzle({ client: pool }));
  } finally {
    c.executionCtx.waitUntil(pool.end());
  }
}

app.get('/accounts/:id', async (c) => {
  const account = await withDb(c, (db) => read(db, c.req.param('id')));
  return account ? c.json(account) : c.notFound();
});
app.get('/accounts', async (c) => c.json(await withDb(c, (db) => list(db, Number(c.req.query('limit'))))));
app.post('/orders', async (c) => {
  const order = await c.req.json();
  return c.json(await withDb(c, (db) => create(db, order)), 201);
});
app.post('/orders/with-line', async (c) => {
  const { price, ...values } = await c.req.json();
  const created = await withDb(c, (db) =>
    db.transaction(async (tx) => {
      const [order] = await tx.insert(orders).values(values).returning();
      if (!order) throw new Error('No order');
      const { id: orderId, item, quantity } = order;
      const [line] = await tx.insert(orderLines).values({ orderId, item, quantity, price }).returning();
      return { order, line };
    }),
  );
  return c.json(created, 201);
});
app.post('/charges', async (c) => {
  const { accountId, amount } = await c.req.json();
  const entry = await withDb(c, (db) =>
    db.transaction(async (tx) => {
      const whose = eq(accounts.id, accountId);
      const [account] = await tx.select().from(accounts).where(whose).for('no key update');
      if (!account) throw new Error('No account');
      const price = priceOf(amount, account.balance);
      const [updated] = await tx
        .update(accounts)
        .set({ balance: account.balance - price })
        .where(whose)
        .returning();
      if (!updated) throw new Error('No account');
      const [stored] = await tx
        .insert(entries)
        .values({ accountId, amount: price, balance: updated.balance })
        .returning();
      if (!stored || stored.balance < LOWEST_BALANCE) return tx.rollback();
      return stored;
    }),
  );
  return c.json(entry, 201);
});
app.post('/sessions', async (c) => {
  const input = await c.req.json();
  const token = await withDb(c, (db) => logIn(db, input));
  return token ? c.json({ token }, 201) : c.body(null, 401);
});
app.get('/items', async (c) => {
  const { limit, cursor, offset: skip } = c.req.query();
  const rows = withDb(c, (db) => (skip ? offset(db, Number(limit), Number(skip)) : page(db, Number(limit), cursor)));
  return c.json(await rows);
});

export default app;
