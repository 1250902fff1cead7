import { z } from '@hono/zod-openapi';
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
export const CreateUser = z
  .strictObject({
    username: username.openapi({ example: 'ada' }),
    email: email.openapi({ example: 'ada@example.com' }),
    password: password.openapi({ example: 'correct horse battery', format: 'password' }),
    fullName: fullName.nullish().openapi({ example: 'Ada Lovelace' }),
  })
  .openapi('CreateUser');
export type CreateUser = z.infer<typeof CreateUser>;

/** A user as the API shows it: without the hash. */
export const UserView = z
  .object({
    id: z.uuid(),
    username: z.string(),
    email: z.string(),
    fullName: z.string().nullable(),
    isActive: z.boolean(),
    isSuperuser: z.boolean(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    version: z.number().int(),
  })
  .openapi('User');
export type UserView = z.infer<typeof UserView>;
