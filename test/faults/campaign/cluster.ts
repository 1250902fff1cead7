import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { signal } from '../../../src/dev/postgres/processes.ts';
import { startPostgres } from '../../../src/dev/postgres.ts';
import { upgrade } from '../../../src/migrations/upgrade.ts';
import { makeRunFolder, sweepRunFolders } from '../../support/run-folder.ts';
import type { Outage } from './barrier.ts';
import { Control } from './control.ts';

/** A Postgres of the campaign's own, as others do not like to be restarted. */
export interface Cluster {
  readonly port: number;
  urlOf(database: string): string;
  /** Ends Postgres as a crash does (immediate shutdown); resolves when it is gone, and holds when it is back. */
  crash(): Promise<Outage>;
  /** Takes every free connection for that long, and holds when they are given back. */
  exhaust(ms: number): Promise<Outage>;
  /** A new database, like the migrated one plus `sql`. */
  createDatabase(name: string, sql?: string): Promise<Control>;
  stop(): Promise<void>;
}

const TEMPLATE = 'campaign_template';

export async function startCluster(maxConnections: number): Promise<Cluster> {
  await sweepRunFolders();
  const folder = await makeRunFolder();
  const settings = {
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: String(maxConnections),
    superuser_reserved_connections: '0', // the campaign logs in as one, and is to be refused
  };
  const options = { dataDir: join(folder, 'postgres'), settings };
  let postgres = await startPostgres(options);
  const { port } = postgres;
  const quit = () => signal(postgres.pid, 'SIGQUIT');
  process.on('exit', quit);
  const urlOf = (database: string) => {
    const url = new URL(postgres.url);
    url.pathname = `/${database}`;
    return url.href;
  };
  const admin = new Control(postgres.url);
  await admin.query(`create database ${TEMPLATE}`);
  await upgrade(urlOf(TEMPLATE));

  return {
    port,
    urlOf,
    async crash() {
      quit();
      await postgres.exited;
      const back = startPostgres({ ...options, port }).then((started) => {
        postgres = started;
      });
      return { back };
    },
    async exhaust(ms) {
      const taken: pg.Client[] = [];
      let over = false;
      const fill = async (): Promise<void> => {
        while (!over) {
          const client = new pg.Client(postgres.url);
          client.on('error', () => {});
          await client.connect();
          taken.push(client);
        }
      };
      const untilFull = () => Promise.allSettled(Array.from({ length: 8 }, fill)); // each until it is refused
      await untilFull();
      const back = (async () => {
        for (const until = Date.now() + ms; Date.now() < until; await sleep(20)) await untilFull(); // also what comes free
        over = true;
        await Promise.all(taken.map((client) => client.end()));
      })();
      return { back };
    },
    async createDatabase(name, sql) {
      await admin.query(`create database ${name} template ${TEMPLATE}`);
      const control = new Control(urlOf(name));
      if (sql) await control.query(sql);
      return control;
    },
    async stop() {
      await admin.end();
      await postgres.stop();
      process.off('exit', quit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
