/** A mail as its reader gets it; who it is from is the sender's own configuration. */
export interface Mail {
  /** The bare address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Delivery {
  /** The same at every attempt: a provider that knows such keys sends the mail once. At most 256 characters. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/**
 * Hands a mail over. Throws `delivery_refused` if this mail will never be taken, and `delivery_failed` if it may be later
 * (with `retryAfterMs` where the provider says when).
 */
export type Sender = (mail: Mail, delivery: Delivery) => Promise<void>;
