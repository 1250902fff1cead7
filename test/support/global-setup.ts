import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startNeonProxy } from '../../src/dev/neon-proxy.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { TEMPLATE } from './names.ts';
import { makeRunFolder, sweepRunFolders } from './run-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Postgres itself, plain TCP: `postgres://…/postgres`, a superuser. */
    postgres: string;
    /** The same through the local Neon proxy: HTTP, WebSocket and TCP on one port. */
    neon: string;
    /** A Neon proxy whose Postgres is down. */
    deadNeon: string;
  }
}

/** One Postgres and one proxy for the whole run, on free ports; test files clone the migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweepRunFolders();
  const folder = await makeRunFolder();
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled'); // many tests start programs; the workers inherit it
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  const proxy = await startNeonProxy({ postgres: postgres.url });
  const deadProxy = await startNeonProxy({ postgres: 'postgres://kura:kura@127.0.0.1:1/postgres' });
  await createTemplate(postgres.url);

  project.provide('postgres', postgres.url);
  project.provide('neon', throughProxy(postgres.url, proxy.port));
  project.provide('deadNeon', throughProxy(postgres.url, deadProxy.port));

  return async () => {
    await proxy.close();
    await deadProxy.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 }); // a program that ends just now still writes what it compiled
  };
}

function throughProxy(url: string, port: number): string {
  const proxied = new URL(url);
  proxied.port = String(port);
  proxied.searchParams.set('sslmode', 'disable');
  return proxied.href;
}

async function createTemplate(url: string): Promise<void> {
  const admin = new pg.Client(url);
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const template = new URL(url);
  template.pathname = `/${TEMPLATE}`;
  await upgrade(template.href);
}
