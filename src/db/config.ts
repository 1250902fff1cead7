import { remembered, rememberedOf } from './remembered.ts';
import { defaultRetry, type RetryPolicy } from './retry.ts';

export interface DatabaseConfig {
  /** `postgres://user:password@host/database`. `sslmode=disable` means a proxy without TLS at this host and port. */
  readonly url: string;
  /** Where one-shot reads go, if not to the primary. A replica may lag: `db.primary` reads what was just written. */
  readonly replicaUrl?: string | undefined;
  readonly applicationName?: string;
  /** ms, 0 for none; default 30,000. One-shot statements have the database's own default, which a migration sets. */
  readonly statementTimeoutMs?: number;
  /** ms, 0 for none; default 0: a lock is waited for until the statement timeout. */
  readonly lockTimeoutMs?: number;
  /** ms until a connection must stand; default 10,000: a cold compute takes a second or two to start. */
  readonly connectTimeoutMs?: number;
  /** ms for one statement, batch or transaction, retries included; default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Writes every statement to `console.debug`, without its parameters. */
  readonly debug?: boolean;
  readonly retry?: Partial<RetryPolicy>;
}

export interface Settings extends Required<Omit<DatabaseConfig, 'replicaUrl' | 'retry'>> {
  readonly retry: RetryPolicy;
}

/** The same as the migration `writers` gives the database, for the statements that no session sets up. */
export const DEFAULTS = { statementTimeoutMs: 30_000, lockTimeoutMs: 0 } as const;

/** The configuration with every default filled in. */
export const withDefaults = rememberedOf(
  ({ retry, replicaUrl: _, ...config }: DatabaseConfig): Settings => ({
    applicationName: 'kura',
    ...DEFAULTS,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    debug: false,
    ...config,
    retry: { ...defaultRetry, ...retry },
  }),
);

/** Where the proxy of a connection string listens: Neon serves HTTP and WebSocket on the database's host itself. */
export const proxyOf = remembered((connectionString: string): { readonly host: string; readonly secure: boolean } => {
  const url = new URL(connectionString);
  const secure = url.searchParams.get('sslmode') !== 'disable';
  return { host: secure ? url.hostname : url.host, secure };
});

/** The same connection string, naming the application for `pg_stat_activity`. */
export const withApplicationName = remembered((connectionString: string, name: string): string => {
  const url = new URL(connectionString);
  url.searchParams.set('application_name', name);
  return url.href;
});
