import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import { Hono } from 'hono';
import { v7 as uuidv7 } from 'uuid';
import { pointAt } from '../local-neon.ts';
import { create, list, logIn, offset, page, read } from './queries.ts';
import { orderLines, orders } from './tables.ts';

interface Bindings {
  DATABASE_URL: string;
}

/** Hono and Drizzle's neon-http driver, after "Drizzle with Neon" and "Cloudflare Workers" of Hono's and Neon's guides. */
const app = new Hono<{ Bindings: Bindings }>();

function open(url: string) {
  pointAt(neonConfig, url);
  return drizzle({ client: neon(url) });
}

app.get('/accounts/:id', async (c) => {
  const account = await read(open(c.env.DATABASE_URL), c.req.param('id'));
  return account ? c.json(account) : c.notFound();
});
app.get('/accounts', async (c) => c.json(await list(open(c.env.DATABASE_URL), Number(c.req.query('limit')))));
app.post('/orders', async (c) => c.json(await create(open(c.env.DATABASE_URL), await c.req.json()), 201));

/** "Batch API": the way this driver writes more than one row or none. */
app.post('/orders/with-line', async (c) => {
  const { price, ...order } = await c.req.json();
  const id = uuidv7();
  const line = { orderId: id, item: order.item, quantity: order.quantity, price };
  const db = open(c.env.DATABASE_URL);
  const [[created], [stored]] = await db.batch([
    db
      .insert(orders)
      .values({ ...order, id })
      .returning(),
    db.insert(orderLines).values(line).returning(),
  ]);
  return c.json({ order: created, line: stored }, 201);
});
app.post('/sessions', async (c) => {
  const token = await logIn(open(c.env.DATABASE_URL), await c.req.json());
  return token ? c.json({ token }, 201) : c.body(null, 401);
});
app.get('/items', async (c) => {
  const db = open(c.env.DATABASE_URL);
  const { limit, cursor, offset: skip } = c.req.query();
  return c.json(skip ? await offset(db, Number(limit), Number(skip)) : await page(db, Number(limit), cursor));
});

export default app;
