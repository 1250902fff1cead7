import { clientAddress, clientNetwork } from './client-address.ts';
import type { RequestContext } from './context.ts';

/** Where a request comes from: what limits and the audit want to know of it. */
export interface Origin {
  readonly requestId: string;
  /** For the audit. */
  readonly address: string;
  /** For limits: what counts as one caller. */
  readonly network: string;
  readonly userAgent: string | undefined;
}

export const originOf = (c: RequestContext): Origin => ({
  requestId: c.get('requestId'),
  address: clientAddress(c),
  network: clientNetwork(c),
  userAgent: c.req.header('User-Agent'),
});
