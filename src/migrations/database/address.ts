import { MigrationFault } from '../fault.ts';

export type Via = 'auto' | 'tcp' | 'websocket';

/** Where a database is, without its password. */
export function describeUrl(url: string): string {
  const { username, host, pathname } = new URL(url);
  return `${decodeURIComponent(username)}@${host}${pathname}`;
}

/** Whether nobody but this machine can be behind it. */
export function isLocal(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]', '::1'].includes(new URL(url).hostname);
}

/** The transport of `url`: Neon's WebSocket for a Neon host, plain Postgres TCP for any other, or what the caller says. */
export function transportOf(url: string, via: Via): 'tcp' | 'websocket' {
  if (via !== 'auto') return via;
  return new URL(url).hostname.endsWith('.neon.tech') ? 'websocket' : 'tcp';
}

/**
 * Refuses what migrations cannot run on. A pooler in transaction mode gives every transaction another session, so the
 * lock that keeps two runners apart would be held by nobody.
 */
export function assertDirect(text: string): void {
  const url = URL.parse(text);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.hostname || url.pathname.length < 2) {
    throw new MigrationFault('usage', 'DATABASE_URL must be a URL of the form postgres://user:password@host/database');
  }
  const [first = '', ...rest] = url.hostname.split('.');
  if (!first.endsWith('-pooler')) return;
  const direct = [first.slice(0, -'-pooler'.length), ...rest].join('.');
  throw new MigrationFault(
    'refused',
    `${url.hostname} is a pooled host, which cannot hold the migration lock: use ${direct}`,
  );
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.href;
}
