import { Stop } from '../exit.ts';

/** Where Postgres listens. */
export interface Address {
  host: string;
  port: number;
}

/** Host and port of a postgres:// URL. Throws Stop; its message never holds the URL, which may hold a password. */
export function parseAddress(url: string): Address {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new Stop('the Postgres to proxy must be given as postgres://user@host:port/database');
  }
  return { host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port || 5432) };
}
