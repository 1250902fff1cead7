import type { BenchDatabase } from '../setup/database.ts';
import type { BenchProxy } from '../setup/proxy.ts';
import type { Failures } from './failures.ts';
import type { Settings } from './report.ts';

/** What is asked of a run: `folder` holds what is built; `signal` ends it. */
export interface Bench {
  readonly settings: Settings;
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What every part of it works with. */
export interface RunContext extends Bench {
  readonly failures: Failures;
  readonly database: BenchDatabase;
  readonly proxy: BenchProxy;
  /** The deep page's, by peer: found once. */
  readonly cursors: Map<string, string>;
}

/** The database's URL, by way of this port. */
export function through({ database }: RunContext, port: number): string {
  const url = new URL(database.url);
  url.port = String(port);
  url.searchParams.set('sslmode', 'disable');
  return url.href;
}
