import { serve } from '@hono/node-server';
import { compare } from '@node-rs/bcrypt';
import { Hono } from 'hono';
import { Pool } from 'pg';
import * as statements from '../limit/sql.ts';
import { LOWEST_BALANCE, newToken, priceOf, SESSION_MS } from '../rules.ts';

/** Hono on Node with a pool in the process, after pg's documentation: what a serverless function cannot have. */
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
// pg.Pool: an idle connection that the server ends is an error, which ends the process if nobody listens.
pool.on('error', (error) => console.error(error.message));
const app = new Hono();

app.get('/accounts/:id', async (c) => {
  const { rows } = await pool.query(statements.READ, [c.req.param('id')]);
  return rows[0] ? c.json(rows[0]) : c.notFound();
});
app.get('/accounts', async (c) => {
  const { rows } = await pool.query(statements.LIST, [Number(c.req.query('limit'))]);
  return c.json({ items: rows.map(({ total: _, ...account }) => account), total: rows[0]?.total ?? 0 });
});
app.post('/orders', async (c) => {
  const { accountId, item, quantity, note } = await c.req.json();
  const { rows } = await pool.query(statements.CREATE, [accountId, item, quantity, note]);
  return c.json(rows[0], 201);
});
app.post('/orders/with-line', async (c) => {
  const { accountId, item, quantity, note, price } = await c.req.json();
  const created = await transaction(async (query) => {
    const [order] = await query(statements.CREATE, [accountId, item, quantity, note]);
    const [line] = await query(statements.CREATE_LINE, [order?.id, item, quantity, price]);
    return { order, line };
  });
  return c.json(created, 201);
});
app.post('/charges', async (c) => {
  const { accountId, amount } = await c.req.json();
  const entry = await transaction(async (query) => {
    const [account] = await query(statements.LOCK_BALANCE, [accountId]);
    const price = priceOf(amount, Number(account?.balance));
    const [updated] = await query(statements.SET_BALANCE, [accountId, Number(account?.balance) - price]);
    const [stored] = await query(statements.ADD_ENTRY, [accountId, price, updated?.balance]);
    if (Number(stored?.balance) < LOWEST_BALANCE) throw new Error('The account owes too much');
    return stored;
  });
  return c.json(entry, 201);
});
app.post('/sessions', async (c) => {
  const { username, password } = await c.req.json();
  const { rows } = await pool.query(statements.FIND_LOGIN, [username]);
  const account = rows[0];
  if (!account?.is_active || !(await compare(password, account.hashed_password))) return c.body(null, 401);
  const { token, tokenHash } = await newToken();
  await pool.query(statements.ADD_SESSION, [account.id, tokenHash, new Date(Date.now() + SESSION_MS)]);
  return c.json({ token }, 201);
});
app.get('/items', async (c) => {
  const { limit, cursor, offset } = c.req.query();
  if (offset) {
    const { rows } = await pool.query(statements.PAGE_OFFSET, [Number(limit), Number(offset)]);
    return c.json({ items: rows });
  }
  const { rows } = cursor
    ? await pool.query(statements.PAGE_AFTER, [Number(limit), ...cursor.split('_')])
    : await pool.query(statements.PAGE_FIRST, [Number(limit)]);
  const last = rows.at(-1);
  return c.json({ items: rows, next: last ? `${last.createdAt.toISOString()}_${last.id}` : null });
});

type Query = (text: string, values: unknown[]) => Promise<Record<string, unknown>[]>;

/** "Transactions" of pg's documentation. */
async function transaction<T>(body: (query: Query) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await body(async (text, values) => (await client.query(text, values)).rows);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(`listening on ${port}`));
