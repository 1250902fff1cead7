import { setTimeout as sleep } from 'node:timers/promises';
import { startNeonProxy } from '../../../src/dev/neon-proxy.ts';
import { type FaultRelay, startFaultRelay } from '../../support/fault-relay.ts';
import type { Cluster } from './cluster.ts';
import type { Control } from './control.ts';
import { DISTURBANCES } from './disturbances.ts';
import { TABLES } from './tables.ts';

/** A database in which one case at a time runs, and the checker's connection to it. */
export interface Lane {
  readonly database: string;
  readonly control: Control;
}

/** One way to the database: runtime → `front` → Neon's proxy → `back` → Postgres. */
export interface Way extends AsyncDisposable {
  readonly url: string;
  readonly front: FaultRelay;
  readonly back: FaultRelay;
}

export type Link = 'front' | 'back';

export async function openLane(cluster: Cluster, number: number): Promise<Lane> {
  const database = `lane_${number}`;
  const settings = `alter database ${database} set statement_timeout to '6s';`;
  return { database, control: await cluster.createDatabase(database, TABLES + DISTURBANCES + settings) };
}

/** New for each case, so that each begins with a log-in, and none is in the way of another. */
export async function openWay(cluster: Cluster, { database }: Lane): Promise<Way> {
  const back = await startFaultRelay(cluster.port, 'postgres');
  const proxy = await startNeonProxy({ postgres: `postgres://127.0.0.1:${back.port}/postgres` });
  const front = await startFaultRelay(proxy.port, 'http');
  const url = new URL(cluster.urlOf(database));
  url.port = String(front.port);
  url.searchParams.set('sslmode', 'disable');
  return {
    url: url.href,
    front,
    back,
    async [Symbol.asyncDispose]() {
      await front.close();
      back.cutAll(); // the proxy would wait for the answers that a fault holds back
      await proxy.close();
      await back.close();
    },
  };
}

const OPEN = `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
  and backend_type = 'client backend' and application_name = 'kura' and state <> 'idle'`;

/**
 * Waits until no write is under way: no backend is at work or in a transaction, and no WebSocket is open. Where that cannot be
 * closed (`unclosable`), a backend may still wait for the rest of a flush behind COMMIT: without a transaction, so without locks.
 */
export async function untilQuiet(
  { control }: Lane,
  { front }: Way,
  { patienceMs, unclosable }: { readonly patienceMs: number; readonly unclosable: boolean },
): Promise<boolean> {
  const backends = unclosable ? `${OPEN} and xact_start is not null` : OPEN;
  for (const until = Date.now() + patienceMs; ; ) {
    if ((unclosable || !front.open('WebSocket accepted')) && (await control.query(backends)).length === 0) return true;
    if (Date.now() > until) return false;
    await sleep(10);
  }
}
