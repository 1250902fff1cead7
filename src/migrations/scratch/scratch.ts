import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../dev/postgres.ts';
import { withDatabase } from '../database/address.ts';
import { type Connection, connect } from '../database/connection.ts';
import { identifier } from '../database/literal.ts';
import { MigrationFault, oneLine } from '../fault.ts';

/** Makes empty databases that are gone afterwards. */
export interface Scratch {
  /** Calls `fn` with the URL of a new, empty database and drops it. */
  withDatabase<T>(fn: (url: string) => Promise<T>): Promise<T>;
}

/**
 * Calls `fn` with a place for scratch databases: the server of `server` (a URL whose role may create databases), or a
 * Postgres that is started for the occasion in a folder of its own.
 */
export async function withScratch<T>(server: string | undefined, fn: (scratch: Scratch) => Promise<T>): Promise<T> {
  if (server) return fn(scratchOn(server));
  const dataDir = await mkdtemp(join(tmpdir(), 'kura-scratch-'));
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  try {
    const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), settings });
    try {
      return await fn(scratchOn(postgres.url));
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function scratchOn(server: string): Scratch {
  return {
    async withDatabase(fn) {
      const name = `kura_scratch_${process.pid}_${crypto.randomUUID().slice(0, 8)}`;
      await admin(server, (connection) => connection.query(`create database ${identifier(name)} template template0`));
      try {
        return await fn(withDatabase(server, name));
      } finally {
        await admin(server, (connection) =>
          connection.query(`drop database if exists ${identifier(name)} with (force)`),
        );
      }
    },
  };
}

async function admin(server: string, fn: (connection: Connection) => Promise<unknown>): Promise<void> {
  const connection = await connect({ url: server, via: 'tcp', applicationName: 'kura-scratch' });
  try {
    await fn(connection);
  } catch (error) {
    throw new MigrationFault('unreachable', `No scratch database could be made: ${oneLine(error)}`, { cause: error });
  } finally {
    await connection.close();
  }
}
