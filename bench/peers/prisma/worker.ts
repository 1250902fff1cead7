import { neonConfig } from '@neondatabase/serverless';
import { PrismaNeon } from '@prisma/adapter-neon';
import { compare } from 'bcryptjs';
import { type Context, Hono } from 'hono';
import { pointAt } from '../local-neon.ts';
import { LOWEST_BALANCE, newToken, priceOf, SESSION_MS } from '../rules.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';

interface Bindings {
  DATABASE_URL: string;
}

type C = Context<{ Bindings: Bindings }>;

/** Hono and Prisma 7 with its Neon adapter, after "Deploy to Cloudflare Workers": a client per request. */
const app = new Hono<{ Bindings: Bindings }>();
const omit = { hashedPassword: true } as const;

async function withPrisma<T>(c: C, use: (prisma: PrismaClient) => Promise<T>): Promise<T> {
  pointAt(neonConfig, c.env.DATABASE_URL);
  const adapter = new PrismaNeon({ connectionString: c.env.DATABASE_URL });
  const prisma = new PrismaClient({ adapter });
  try {
    return await use(prisma);
  } finally {
    c.executionCtx.waitUntil(prisma.$disconnect());
  }
}

app.get('/accounts/:id', async (c) => {
  const where = { id: c.req.param('id') };
  const account = await withPrisma(c, (prisma) => prisma.account.findUnique({ where, omit }));
  return account ? c.json(account) : c.notFound();
});
/** "Pagination": the page and its count, side by side. */
app.get('/accounts', async (c) => {
  const take = Number(c.req.query('limit'));
  const [items, total] = await withPrisma(c, (prisma) =>
    Promise.all([prisma.account.findMany({ take, orderBy: { id: 'asc' }, omit }), prisma.account.count()]),
  );
  return c.json({ items, total });
});
app.post('/orders', async (c) => {
  const data = await c.req.json();
  return c.json(await withPrisma(c, (prisma) => prisma.order.create({ data })), 201);
});
/** "Nested writes": Prisma makes them one transaction. */
app.post('/orders/with-line', async (c) => {
  const { price, ...order } = await c.req.json();
  const { item, quantity } = order;
  const data = { ...order, lines: { create: { item, quantity, price } } };
  const created = await withPrisma(c, (prisma) => prisma.order.create({ data, include: { lines: true } }));
  const { lines, ...rest } = created;
  return c.json({ order: rest, line: lines[0] }, 201);
});
/** "Interactive transactions"; a row lock needs raw SQL. */
app.post('/charges', async (c) => {
  const { accountId, amount } = await c.req.json();
  const entry = await withPrisma(c, (prisma) =>
    prisma.$transaction(async (tx) => {
      const [account] = await tx.$queryRaw<{ balance: number }[]>`
        select balance from accounts where id = ${accountId}::uuid for no key update`;
      if (!account) throw new Error('No account');
      const price = priceOf(amount, account.balance);
      const data = { balance: account.balance - price };
      const { balance } = await tx.account.update({ where: { id: accountId }, data });
      const stored = await tx.entry.create({ data: { accountId, amount: price, balance } });
      if (stored.balance < LOWEST_BALANCE) throw new Error('The account owes too much');
      return stored;
    }),
  );
  return c.json(entry, 201);
});
app.post('/sessions', async (c) => {
  const { username, password } = await c.req.json();
  const token = await withPrisma(c, async (prisma) => {
    const account = await prisma.account.findUnique({ where: { username } });
    if (!account?.isActive || !(await compare(password, account.hashedPassword))) return undefined;
    const { token, tokenHash } = await newToken();
    const expiresAt = new Date(Date.now() + SESSION_MS);
    await prisma.session.create({ data: { accountId: account.id, tokenHash, expiresAt } });
    return token;
  });
  return token ? c.json({ token }, 201) : c.body(null, 401);
});
/** "Pagination": its cursor is a row's id, which it looks up; and by offset. */
app.get('/items', async (c) => {
  const { limit, cursor, offset } = c.req.query();
  const from = cursor ? { cursor: { id: BigInt(cursor) }, skip: 1 } : { skip: Number(offset ?? 0) };
  const orderBy: Prisma.ItemOrderByWithRelationInput[] = [{ createdAt: 'desc' }, { id: 'desc' }];
  const page: Prisma.ItemFindManyArgs = { take: Number(limit), ...from, orderBy };
  const rows = await withPrisma(c, (prisma) => prisma.item.findMany(page));
  const items = rows.map((row) => ({ ...row, id: Number(row.id) }));
  if (offset) return c.json({ items });
  return c.json({ items, next: items.length ? String(items.at(-1)?.id) : null });
});

export default app;
