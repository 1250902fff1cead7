import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { handleControl } from './control.ts';
import { handleSql, type SqlContext } from './sql.ts';

/** Longer than clients keep idle connections, so that none sends a request into a connection that is being closed. */
const KEEP_ALIVE_MS = 75_000;

const ALLOWED_HEADERS = [
  'Authorization',
  'Neon-Connection-String',
  'Neon-Raw-Text-Output',
  'Neon-Array-Mode',
  'Neon-Pool-Opt-In',
  'Neon-Batch-Read-Only',
  'Neon-Batch-Isolation-Level',
].join(', ');

/** The HTTP side of the proxy; `close` cancels the requests under way and resolves when each has been answered. */
export interface HttpSide {
  server: Server;
  close(): Promise<void>;
}

/** Makes the HTTP server, which listens nowhere: it is handed its sockets. */
export function createHttpSide(context: SqlContext): HttpSide {
  const underWay = new Map<AbortController, Promise<void>>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    response.setHeader('neon-request-id', randomUUID());
    const ended = new AbortController();
    response.on('close', () => ended.abort());
    // A broken body ends the handler with an error, and there is nobody left to answer.
    const done = route(context, request, response, ended.signal).catch(() => {
      response.destroy();
    });
    underWay.set(ended, done);
    void done.finally(() => underWay.delete(ended));
  });
  return {
    server,
    async close() {
      for (const ended of underWay.keys()) ended.abort();
      await Promise.all(underWay.values());
    },
  };
}

async function route(
  context: SqlContext,
  request: IncomingMessage,
  response: ServerResponse,
  ended: AbortSignal,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://proxy').pathname;
  if (path.startsWith('/_kura/')) return handleControl(context.counters, context.latency, request, response, ended);
  if (path === '/sql' && request.method === 'POST') return handleSql(context, request, response, ended);
  if (path === '/sql' && request.method === 'OPTIONS') return answerPreflight(context, response);
  // Neon's answer to anything else.
  response.writeHead(400, { 'content-type': 'application/json' }).end('"query is not supported"');
}

async function answerPreflight({ latency }: SqlContext, response: ServerResponse): Promise<void> {
  await latency.halfway();
  await latency.halfway();
  response.writeHead(200, {
    allow: 'OPTIONS, POST',
    'access-control-allow-origin': '*',
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-max-age': '86400',
  });
  response.end();
}
