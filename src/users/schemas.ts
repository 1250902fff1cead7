import * as z from 'zod/mini';
import { text } from '../http/validation.ts';
import { MAX_PASSWORD_BYTES, passwordBytes } from './password.ts';

const username = text().check(
  z.minLength(3, 'must have at least 3 characters'),
  z.maxLength(50, 'must have at most 50 characters'),
  z.regex(/^[\p{L}\p{N}._-]+$/u, 'may hold letters, digits, ".", "_" and "-"'),
);
const email = z.email('must be an e-mail address').check(z.maxLength(254, 'must have at most 254 characters'));
const fullName = text().check(
  z.trim(),
  z.minLength(1, 'must not be empty'),
  z.maxLength(100, 'must have at most 100 characters'),
);
const password = text().check(
  z.minLength(8, 'must have at least 8 characters'),
  z.refine(
    (value) => passwordBytes(value) <= MAX_PASSWORD_BYTES,
    `must be at most ${MAX_PASSWORD_BYTES} bytes in UTF-8`,
  ),
);

/** What registering takes. A field that is not listed is refused, so nobody can make themselves a superuser. */
export const CreateUser = z.strictObject({ username, email, password, fullName: z.nullish(fullName) });
export type CreateUser = z.infer<typeof CreateUser>;

/** A user as the API shows one. */
export const UserView = z.object({
  id: z.uuid(),
  username: z.string(),
  email: z.string(),
  emailVerifiedAt: z.nullable(z.iso.datetime()),
  fullName: z.nullable(z.string()),
  isActive: z.boolean(),
  isSuperuser: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  version: z.int(),
});
export type UserView = z.infer<typeof UserView>;

export const UserId = z.object({ id: z.uuid() });
