import { createApp } from '../../src/app.ts';
import type { TestDatabase } from './database.ts';
import { SECRET_KEY } from './names.ts';

/** The application on a test database, called without a server. */
export function testApp(database: TestDatabase, variables: Record<string, string> = {}) {
  const app = createApp({ DATABASE_URL: database.url, BCRYPT_COST: '4', SECRET_KEY, ...variables });
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method,
      headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return {
    send,
    get: (path: string, headers: Record<string, string> = {}) => app.request(path, { headers }),
    post: (path: string, body?: unknown, headers: Record<string, string> = {}) => send('POST', path, body, headers),
    request: (path: string, init: RequestInit) => app.request(path, init),
  };
}
