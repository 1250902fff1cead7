import type { Fixture } from '../setup/database.ts';

export const scenarioNames = [
  'read',
  'list',
  'create',
  'create-two',
  'transaction',
  'login',
  'page-first',
  'page-keyset',
  'page-offset',
  'cold',
] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

export interface Scenario {
  readonly name: ScenarioName;
  readonly title: string;
  /** How many of the requests are made of it, from 0 to 1: fewer where each takes long whatever the latency. */
  readonly share: number;
  /** The peer's `n`-th request. `cursor` is its own, of the deep page. */
  request(fixture: Fixture, n: number, cursor: string): Request;
}

const PAGE_SIZE = 50;
const DEEP_PAGE = 10_000;
/** How many rows come before the deep page. */
export const DEEP_OFFSET = PAGE_SIZE * (DEEP_PAGE - 1);

/** Accounts in an order that is the same for every peer, and does not come to the same one twice in a row. */
const at = ({ accountIds }: Fixture, n: number): string => accountIds[(n * 7919) % accountIds.length] ?? '';

const order = (fixture: Fixture, n: number) => ({
  accountId: at(fixture, n),
  item: `item ${n}`,
  quantity: 3,
  note: 'leave it at the door',
});

const get = (path: string): Request => ({ method: 'GET', path });
const post = (path: string, body: object): Request => ({ method: 'POST', path, body });
const read = (fixture: Fixture, n: number) => get(`/accounts/${at(fixture, n)}`);
const page = (rest = '') => get(`/items?limit=${PAGE_SIZE}${rest}`);

export const scenarios: readonly Scenario[] = [
  { name: 'read', share: 1, title: 'Read by id', request: read },
  { name: 'list', share: 1, title: 'List of 50 with total', request: () => get(`/accounts?limit=${PAGE_SIZE}`) },
  { name: 'create', share: 1, title: 'Create', request: (fixture, n) => post('/orders', order(fixture, n)) },
  {
    name: 'create-two',
    share: 1,
    title: 'Create two rows in one transaction',
    request: (fixture, n) => post('/orders/with-line', { ...order(fixture, n), price: 1200 }),
  },
  {
    name: 'transaction',
    share: 1,
    title: 'Transaction of three dependent statements',
    request: (fixture, n) => post('/charges', { accountId: at(fixture, n), amount: 5 }),
  },
  {
    name: 'login',
    share: 0.5,
    title: 'Log-in',
    request: ({ password }, n) => post('/sessions', { username: `user${(n % 1000) + 1}`, password }),
  },
  { name: 'page-first', share: 0.5, title: 'Page 1 of 1,000,000 rows', request: () => page() },
  {
    name: 'page-keyset',
    share: 0.3,
    title: 'Page 10,000 by keyset',
    request: (_, __, cursor) => page(`&cursor=${encodeURIComponent(cursor)}`),
  },
  { name: 'page-offset', share: 0.2, title: 'Page 10,000 by offset', request: () => page(`&offset=${DEEP_OFFSET}`) },
  { name: 'cold', share: 1, title: 'First request of a fresh isolate', request: read },
];
