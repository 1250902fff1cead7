import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Stop } from './exit.ts';
import { type Account, chooseAccount } from './postgres/account.ts';
import { type Binaries, findBinaries } from './postgres/binaries.ts';
import { checkCluster, createCluster, giveTo, hasCluster, makeFolder } from './postgres/cluster.ts';
import { freePort } from './postgres/ports.ts';
import { recover } from './postgres/recover.ts';
import { type Exit, launch, untilReady } from './postgres/server.ts';

export interface PostgresOptions {
  /** Made when missing, its parents too. */
  dataDir: string;
  /** Any free one when 0 or absent. */
  port?: number;
  /** Superuser of a new database: 'kura', with the same password, by default. */
  user?: string;
  password?: string;
  /** Server settings, as by `-c name=value`. */
  settings?: Record<string, string>;
  onLog?: (line: string) => void;
  onProgress?: (step: string) => void;
  /** Ends the start, and all it has begun. */
  signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** Of the database `postgres`. */
  readonly url: string;
  /** Settles when the server has ended, for whatever reason; never rejects. */
  readonly exited: Promise<Exit>;
  /** Fast shutdown: ends sessions, leaves a clean database. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts the Postgres that npm installed, on 127.0.0.1 alone. Makes the database first if there is none, and clears
 * what a killed run left.
 * @throws Stop with one line that says what is wrong.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { user = 'kura', password = 'kura' } = options;
  const dataDir = resolve(options.dataDir);
  const binaries = findBinaries();
  const account = await prepare({ ...options, user, password, dataDir }, binaries);

  for (let attempt = 1; ; attempt++) {
    const port = options.port || (await freePort());
    const settings = { ...options.settings, port: String(port) };
    const server = launch(binaries.postgres, account, dataDir, settings, options.onLog);
    try {
      await untilReady(server, dataDir, options.signal);
      const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
      return { port, pid: server.pid, url, exited: server.exited, stop: server.stop };
    } catch (error) {
      await server.stop();
      const taken = server.lines.some((line) => line.includes('Address already in use'));
      if (taken && options.port) throw new Stop(`Postgres cannot listen on port ${port}: another program does`);
      // A port that was free a moment ago may be taken by now.
      if (!taken || attempt === 5) throw error;
    }
  }
}

type Preparation = PostgresOptions & { user: string; password: string };

/** Everything before the server itself: afterwards `dataDir` is a whole cluster that the returned account owns. */
async function prepare(options: Preparation, binaries: Binaries): Promise<Account> {
  const { dataDir, user, password, signal, onProgress = () => {} } = options;
  try {
    makeFolder(dirname(dataDir));
    checkCluster(dataDir, binaries);
    const account = chooseAccount(binaries, dataDir);
    await recover(dataDir, onProgress);
    if (!hasCluster(dataDir)) {
      onProgress('making a new database');
      await createCluster({ dataDir, user, password, signal }, binaries, account);
    }
    if (account.owner && statSync(dataDir).uid !== account.owner.uid) giveTo(account.owner, dataDir);
    return account;
  } catch (error) {
    if (signal?.aborted) throw new Stop('Stopped');
    if (error instanceof Stop || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new Stop(`The database cannot be kept in ${dataDir}: ${error.message}`);
  }
}
