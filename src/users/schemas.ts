import * as z from 'zod';
import { text } from '../http/validation.ts';
import { MAX_PASSWORD_BYTES, passwordBytes } from './password.ts';

const username = text()
  .min(3)
  .max(50)
  .regex(/^[\p{L}\p{N}._-]+$/u, 'may hold letters, digits, ".", "_" and "-"');
const email = z.email().max(254);
const fullName = text().trim().min(1).max(100);
const password = text()
  .min(8)
  .refine(
    (value) => passwordBytes(value) <= MAX_PASSWORD_BYTES,
    `must be at most ${MAX_PASSWORD_BYTES} bytes in UTF-8`,
  );

/** What registering takes. A field that is not listed is refused, so nobody can make themselves a superuser. */
export const CreateUser = z.strictObject({ username, email, password, fullName: fullName.nullish() });
export type CreateUser = z.infer<typeof CreateUser>;

export const UserId = z.object({ id: z.uuid() });
