import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startNeonProxy } from '../../src/dev/neon-proxy.ts';
import { startPostgres } from '../../src/dev/postgres.ts';
import { upgrade } from '../../src/migrations/upgrade.ts';
import { TEMPLATE } from './names.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Postgres itself, plain TCP: `postgres://…/postgres`, a superuser. */
    postgres: string;
    /** The same through the local Neon proxy: HTTP, WebSocket and TCP on one port. */
    neon: string;
  }
}

/** One Postgres and one proxy for the whole run, on free ports; test files clone the migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kura-test-'));
  const postgres = await startPostgres({
    dataDir: join(dataDir, 'postgres'),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  const proxy = await startNeonProxy({ postgres: postgres.url });
  await createTemplate(postgres.url);

  const neon = new URL(postgres.url);
  neon.port = String(proxy.port);
  neon.searchParams.set('sslmode', 'disable');
  project.provide('postgres', postgres.url);
  project.provide('neon', neon.href);

  return async () => {
    await proxy.close();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
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
