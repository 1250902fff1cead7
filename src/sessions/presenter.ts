import type { SessionView } from './schemas.ts';
import type { SessionRow } from './table.ts';

/** The only way a session leaves: field by field, and never the hash of its token. */
export function presentSession(session: SessionRow, currentId: string): SessionView {
  return {
    id: session.id,
    createdAt: session.createdAt.toISOString(),
    lastUsedAt: session.lastUsedAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    userAgent: session.userAgent,
    address: session.address,
    current: session.id === currentId,
  };
}
