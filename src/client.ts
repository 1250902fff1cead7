import { type ClientRequestOptions, hc } from 'hono/client';
import type { Api } from './app.ts';

export interface ClientOptions extends ClientRequestOptions {
  /** The token that logging in gave; a function, where it comes later or changes. */
  readonly token?: string | undefined | (() => string | undefined);
}

/**
 * A client of the API, typed by its routes: `createClient('https://api.example.com').v1.users.me.$get()`. A path that does not
 * exist, a missing field or a wrong one does not compile; `parseResponse` of `hono/client` throws where the answer is an error.
 */
export function createClient(baseUrl: string, { token, headers, ...options }: ClientOptions = {}) {
  const withToken = async (): Promise<Record<string, string>> => {
    const given = typeof headers === 'function' ? await headers() : headers;
    const current = typeof token === 'function' ? token() : token;
    return { ...given, ...(current !== undefined && { Authorization: `Bearer ${current}` }) };
  };
  return hc<Api>(baseUrl, { ...options, headers: withToken });
}

export type Client = ReturnType<typeof createClient>;
