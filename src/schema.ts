/** All tables, for drizzle-kit alone: features import their own `table.ts`. */
export { outbox } from './outbox/table.ts';
export { users } from './users/table.ts';
