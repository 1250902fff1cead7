import * as z from 'zod/mini';
import { text } from '../http/validation.ts';
import { UserView } from '../users/schemas.ts';

/** A username or an e-mail address; neither is longer. */
const login = text().check(z.minLength(1, 'must not be empty'), z.maxLength(254, 'must have at most 254 characters'));

export const LogIn = z.strictObject({
  username: login,
  password: text(),
  /** For a page in a browser: the token goes into a cookie that no script reads, and not into the answer. */
  cookie: z.optional(z.boolean()),
});

/** OAuth 2's form (RFC 6749, 4.3.2). Fields that are not known have to be ignored (3.2): clients send a scope, or their id. */
export const LogInForm = z.object({ grant_type: z.literal('password'), username: login, password: text() });

/** A session as the API shows one. */
export const SessionView = z.object({
  id: z.uuid(),
  createdAt: z.iso.datetime(),
  /** To some minutes. */
  lastUsedAt: z.iso.datetime(),
  /** The end, however much it is used; one that is not used ends before. */
  expiresAt: z.iso.datetime(),
  userAgent: z.nullable(z.string()),
  address: z.nullable(z.string()),
  /** Whether it is the one that asks. */
  current: z.boolean(),
});
export type SessionView = z.infer<typeof SessionView>;

/** All of them: their number is limited, so there are no pages. */
export const SessionList = z.object({ items: z.array(SessionView), next: z.null(), previous: z.null() });

/** The token is there unless it went into a cookie. */
export const LoggedIn = z.object({
  token: z.optional(z.string()),
  tokenType: z.optional(z.literal('Bearer')),
  session: SessionView,
  user: UserView,
});
export type LoggedIn = z.infer<typeof LoggedIn>;

/** As OAuth 2 has it (RFC 6749, 5.1). */
export const TokenView = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  /** Seconds. */
  expires_in: z.int(),
});

export const SessionId = z.object({ id: z.uuid() });
