import { type NeonProxy, startNeonProxy } from '../../../src/dev/neon-proxy.ts';
import { type Cluster, startCluster } from '../campaign/cluster.ts';
import type { Control } from '../campaign/control.ts';
import { startWorkerd, type Workerd } from '../campaign/runtimes.ts';

/** What a Worker needs: a Postgres of its own, behind the local Neon proxy. */
export interface Backend extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly control: Control;
  /** Of `src/env.ts`, with the database's address. */
  readonly variables: Record<string, string>;
}

/** The whole service on this machine: real workerd, under `wrangler dev`. */
export interface Service extends Backend {
  readonly worker: Workerd;
  /** What all its workers printed that is no log line, or one of an error that nobody expected. */
  readonly complaints: readonly string[];
  /** Kills workerd, and starts another. */
  replaceWorker(): Promise<void>;
  request(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Response>;
}

export async function startBackend(variables: Record<string, string>, maxConnections = 100): Promise<Backend> {
  const cluster = await startCluster(maxConnections);
  const control = await cluster.createDatabase('service');
  const proxy: NeonProxy = await startNeonProxy({ postgres: cluster.urlOf('service') });
  const url = new URL(cluster.urlOf('service'));
  url.port = String(proxy.port);
  url.searchParams.set('sslmode', 'disable');
  return {
    cluster,
    control,
    variables: { BCRYPT_COST: '4', ...variables, DATABASE_URL: url.href },
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await control.end();
      await cluster.stop();
    },
  };
}

export async function startService(own: Record<string, string>): Promise<Service> {
  const backend = await startBackend(own);
  const { cluster, control, variables } = backend;
  let worker = await startWorkerd();
  const earlier: string[] = [];
  return {
    cluster,
    control,
    variables,
    get worker() {
      return worker;
    },
    get complaints() {
      return [...earlier, ...worker.complaints];
    },
    async replaceWorker() {
      await worker.kill();
      earlier.push(...worker.complaints);
      worker = await startWorkerd();
    },
    request: (method, path, body, headers = {}) =>
      worker.request(
        path,
        {
          method,
          headers: { 'Content-Type': 'application/json', ...headers },
          ...(body && { body: JSON.stringify(body) }),
        },
        variables,
      ),
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await backend[Symbol.asyncDispose]();
    },
  };
}

export const PASSWORD = 'correct horse battery';

/** What registers the user of this name. */
export const registration = (username: string) => ({ username, email: `${username}@example.com`, password: PASSWORD });
