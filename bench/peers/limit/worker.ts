import { type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless';
import { compare } from 'bcryptjs';
import { v7 as uuidv7 } from 'uuid';
import { pointAt } from '../local-neon.ts';
import { LOWEST_BALANCE, newToken, priceOf, SESSION_MS } from '../rules.ts';
import { openSession } from './session.ts';
import * as statements from './sql.ts';

interface Env {
  readonly DATABASE_URL: string;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

interface Body {
  readonly accountId: string;
  readonly item: string;
  readonly quantity: number;
  readonly note: string;
  readonly price: number;
  readonly amount: number;
  readonly username: string;
  readonly password: string;
}

let sql: NeonQueryFunction<false, false> | undefined;

/** The limit: no router, no validation, hand-written SQL, the fewest round trips. */
export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    if (!sql) {
      pointAt(neonConfig, env.DATABASE_URL);
      sql = neon(env.DATABASE_URL);
    }
    const url = new URL(request.url);
    const [, resource, id] = url.pathname.split('/');
    if (request.method === 'POST') {
      const body = (await request.json()) as Body;
      if (resource === 'charges') return charge(env, context, body);
      if (resource === 'sessions') return logIn(sql, body);
      return id ? createTwo(sql, body) : create(sql, body);
    }
    if (resource === 'items') return items(sql, url.searchParams);
    return id ? read(sql, id) : list(sql, Number(url.searchParams.get('limit')));
  },
};

type Sql = NonNullable<typeof sql>;

async function read(sql: Sql, id: string): Promise<Response> {
  const [account] = await sql.query(statements.READ, [id]);
  return account ? Response.json(account) : new Response(null, { status: 404 });
}

async function list(sql: Sql, limit: number): Promise<Response> {
  const rows = await sql.query(statements.LIST, [limit]);
  return Response.json({ items: rows.map(({ total: _, ...account }) => account), total: rows[0]?.total ?? 0 });
}

async function create(sql: Sql, { accountId, item, quantity, note }: Body): Promise<Response> {
  const [order] = await sql.query(statements.CREATE, [accountId, item, quantity, note]);
  return Response.json(order, { status: 201 });
}

async function createTwo(sql: Sql, { accountId, item, quantity, note, price }: Body): Promise<Response> {
  const id = uuidv7();
  const [orders, lines] = await sql.transaction([
    sql.query(statements.CREATE_WITH_ID, [id, accountId, item, quantity, note]),
    sql.query(statements.CREATE_LINE, [id, item, quantity, price]),
  ]);
  return Response.json({ order: orders?.[0], line: lines?.[0] }, { status: 201 });
}

/** The last answer is looked at before the commit, so COMMIT cannot travel with the insert. */
async function charge(env: Env, context: Context, { accountId, amount }: Body): Promise<Response> {
  const session = await openSession(env.DATABASE_URL);
  const [before] = await session.send(['begin'], [statements.LOCK_BALANCE, accountId]);
  const price = priceOf(amount, Number(before));
  const [after] = await session.send([statements.SET_BALANCE, accountId, String(Number(before) - price)]);
  const [id, , , balance, createdAt] = await session.send([statements.ADD_ENTRY, accountId, String(price), after]);
  const enough = Number(balance) >= LOWEST_BALANCE;
  await session.send([enough ? 'commit' : 'rollback']);
  context.waitUntil(session.close());
  if (!enough) return new Response(null, { status: 409 });
  return Response.json({ id, accountId, amount: price, balance: Number(balance), createdAt }, { status: 201 });
}

async function logIn(sql: Sql, { username, password }: Body): Promise<Response> {
  const [account] = await sql.query(statements.FIND_LOGIN, [username]);
  if (!account?.is_active || !(await compare(password, account.hashed_password))) {
    return new Response(null, { status: 401 });
  }
  const { token, tokenHash } = await newToken();
  await sql.query(statements.ADD_SESSION, [account.id, tokenHash, new Date(Date.now() + SESSION_MS)]);
  return Response.json({ token }, { status: 201 });
}

async function items(sql: Sql, search: URLSearchParams): Promise<Response> {
  const limit = Number(search.get('limit'));
  const offset = search.get('offset');
  if (offset) return Response.json({ items: await sql.query(statements.PAGE_OFFSET, [limit, Number(offset)]) });
  const cursor = search.get('cursor');
  const rows = cursor
    ? await sql.query(statements.PAGE_AFTER, [limit, ...cursor.split('_')])
    : await sql.query(statements.PAGE_FIRST, [limit]);
  const last = rows.at(-1);
  return Response.json({ items: rows, next: last ? `${last.createdAt.toISOString()}_${last.id}` : null });
}
