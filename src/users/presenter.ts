import type { UserView } from './schemas.ts';
import type { User } from './table.ts';

/** The only way a user leaves: field by field, so that a new column stays inside until it is named here. */
export function presentUser(user: User): UserView {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    emailVerifiedAt: user.emailVerifiedAt?.toISOString() ?? null,
    fullName: user.fullName,
    isActive: user.isActive,
    isSuperuser: user.isSuperuser,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
    ...(user.deletedAt && { deletedAt: user.deletedAt.toISOString() }),
    version: user.version,
  };
}
