/** All tables, for drizzle-kit alone: features import their own `table.ts`. */
export { auditEvents } from './audit/table.ts';
export { idempotencyKeys } from './http/idempotency/table.ts';
export { limits } from './http/limits/table.ts';
export { outbox } from './outbox/table.ts';
export { posts } from './posts/table.ts';
export { sessions } from './sessions/table.ts';
export { users } from './users/table.ts';
export { mailTokens } from './users/tokens/table.ts';
