import * as z from 'zod/mini';
import { listQuery } from '../db/query-string.ts';
import type { With } from '../db/relations.ts';
import { pageFields } from '../http/paging.ts';
import { text } from '../http/validation.ts';
import { newPassword } from './password-rules.ts';
import { users } from './table.ts';

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
/** What registering takes. A field that is not listed is refused, so nobody can make themselves a superuser. */
export const CreateUser = z.strictObject({ username, email, password: newPassword, fullName: z.nullish(fullName) });
export type CreateUser = z.infer<typeof CreateUser>;

/** What a superuser may say beyond that. */
export const AddUser = z.strictObject({
  ...CreateUser.shape,
  isActive: z.optional(z.boolean()),
  isSuperuser: z.optional(z.boolean()),
});
export type AddUser = z.infer<typeof AddUser>;

/** What users change of themselves. */
export const UpdateProfile = z.strictObject({ username: z.optional(username), fullName: z.nullish(fullName) });
export type UpdateProfile = z.infer<typeof UpdateProfile>;

/** What a superuser changes of anybody. No password, which only its owner knows, and no address, which only its owner can show. */
export const UpdateUser = z.strictObject({
  ...UpdateProfile.shape,
  isActive: z.optional(z.boolean()),
  isSuperuser: z.optional(z.boolean()),
});
export type UpdateUser = z.infer<typeof UpdateUser>;

/** A password that is there already: whatever it is, it is right or wrong. */
const password = text();

export const DeleteProfile = z.strictObject({ password });

export const ChangePassword = z.strictObject({ currentPassword: password, newPassword });
export type ChangePassword = z.infer<typeof ChangePassword>;

export const ForgetPassword = z.strictObject({ email });

/** From a mailed link. */
const token = z.string().check(z.minLength(1), z.maxLength(100));

export const ResetPassword = z.strictObject({ token, newPassword });
export type ResetPassword = z.infer<typeof ResetPassword>;

export const VerifyEmail = z.strictObject({ token });

export const ClaimEmail = z.strictObject({ email, password });
export type ClaimEmail = z.infer<typeof ClaimEmail>;

/** `include` reads the relations that can be read with a user. */
export const userList = (include: z.ZodMiniOptional<z.ZodMiniType<With<typeof users>, string>>) =>
  listQuery(
    users,
    {
      filter: {
        username: ['eq', 'iContains'],
        email: ['eq', 'iContains'],
        isActive: ['eq'],
        isSuperuser: ['eq'],
        createdAt: ['gte', 'lt'],
      },
      sort: ['createdAt', 'username', 'email'],
    },
    { ...pageFields(), deleted: z._default(z.enum(['without', 'with', 'only']), 'without'), include },
  );
export type UserList = z.infer<ReturnType<typeof userList>>;

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
  /** Of one that is deleted alone. */
  deletedAt: z.optional(z.iso.datetime()),
  version: z.int(),
});
export type UserView = z.infer<typeof UserView>;

export const UserId = z.object({ id: z.uuid() });
