import type { AppContext } from './context.ts';

/** Where a request comes from: what limits and the audit want to know of it. */
export interface Origin {
  readonly requestId: string;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

export const originOf = (c: AppContext): Origin => ({
  requestId: c.var.requestId,
  address: c.req.header('CF-Connecting-IP'),
  userAgent: c.req.header('User-Agent'),
});
