import { hostname, userInfo } from 'node:os';
import type { Via } from '../database/address.ts';
import { defaultFolder } from '../files/folder.ts';
import { type Reporter, silent } from './report.ts';

/** How to run migrations; everything but the URL has a default. */
export interface RunOptions {
  /** The direct host, not a pooled one. */
  readonly url: string;
  readonly via?: Via;
  readonly folder?: string;
  /** ms to wait for another runner; default 60,000. */
  readonly lockWaitMs?: number;
  /** ms that a statement may wait for a table's lock, and so block live traffic behind it; default 3,000, 0 for ever. */
  readonly lockTimeoutMs?: number;
  /** How often a migration that met such a lock, or a deadlock, is tried again; default 10. */
  readonly retries?: number;
  /** ms for one statement; default 0: none. */
  readonly statementTimeoutMs?: number;
  /** Goes on although an applied file was edited. */
  readonly allowEdited?: boolean;
  readonly report?: Reporter;
  readonly signal?: AbortSignal;
}

export interface Settings extends Required<Omit<RunOptions, 'signal'>> {
  readonly signal: AbortSignal | undefined;
  /** Who runs it, for the ledger. */
  readonly by: string | null;
}

export function withDefaults(options: RunOptions): Settings {
  return {
    via: 'auto',
    folder: defaultFolder,
    lockWaitMs: 60_000,
    lockTimeoutMs: 3_000,
    retries: 10,
    statementTimeoutMs: 0,
    allowEdited: false,
    report: silent,
    signal: undefined,
    by: whoAmI(),
    ...options,
  };
}

function whoAmI(): string | null {
  if (process.env.GITHUB_ACTOR) return `${process.env.GITHUB_ACTOR}, GitHub run ${process.env.GITHUB_RUN_ID ?? '?'}`;
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return null; // an account without a name, as in some containers
  }
}
