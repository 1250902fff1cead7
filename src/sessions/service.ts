import { record } from '../audit/record.ts';
import type { Database, Transaction } from '../db/database.ts';
import type { Origin } from '../http/origin.ts';
import type { Actor } from '../users/actor.ts';
import { sessionRepository } from './repository.ts';
import type { SessionRow } from './table.ts';

/** The actor's own sessions, the newest first. One round trip. */
export async function listSessions(db: Database, { user }: Actor, idleHours: number): Promise<SessionRow[]> {
  return sessionRepository.allLive(db.primary, user.id, idleHours); // a replica may not know the newest one yet
}

/** Ends a session of the actor's own. One round trip. Throws `not_found`, also for somebody else's. */
export async function endSession(db: Database, actor: Actor, origin: Origin, id: string): Promise<void> {
  await db.batch((tx) => [
    sessionRepository.remove(tx, id, { where: { userId: actor.user.id } }),
    recordEnd(tx, actor, origin, { sessionId: id }),
  ]);
}

/** Ends the session that asks, unless another request has just done so. One round trip. */
export async function logOut(db: Database, actor: Actor, origin: Origin): Promise<void> {
  await db.batch((tx) => [
    sessionRepository.deleteMany(tx, { id: actor.sessionId }),
    recordEnd(tx, actor, origin, { sessionId: actor.sessionId }),
  ]);
}

/** Ends all of the actor's sessions but the one that asks. One round trip. */
export async function endOtherSessions(db: Database, actor: Actor, origin: Origin): Promise<void> {
  await db.batch((tx) => [
    sessionRepository.deleteMany(tx, { userId: actor.user.id, id: { ne: actor.sessionId } }),
    recordEnd(tx, actor, origin, { allBut: actor.sessionId }),
  ]);
}

function recordEnd(tx: Transaction, { user }: Actor, origin: Origin, details: Record<string, string>) {
  return record(tx, origin, { event: 'session.ended', userId: user.id, actorId: user.id, details });
}
