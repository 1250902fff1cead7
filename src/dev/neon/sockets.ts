import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type SocketContext, type SocketSession, serveSocket } from './socket.ts';

/** The WebSocket side of the proxy; `close` ends every session and resolves when Postgres has let go of them. */
export interface SocketSide {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Accepts WebSockets on any path, as Neon does. */
export function createSocketSide(context: SocketContext): SocketSide {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 0 });
  const sessions = new Set<SocketSession>();
  server.on('headers', (headers) => headers.push(`neon-request-id: ${randomUUID()}`));
  server.on('connection', (ws) => {
    const session = serveSocket(context, ws);
    sessions.add(session);
    void session.done.finally(() => sessions.delete(session));
  });
  return {
    async upgrade(request, socket, head) {
      // The handshake is a request and an answer, and the client sends nothing in between.
      await context.latency.halfway();
      await context.latency.halfway();
      server.handleUpgrade(request, socket, head, (ws) => server.emit('connection', ws, request));
    },
    async close() {
      for (const session of sessions) session.terminate();
      await Promise.all(Array.from(sessions, (session) => session.done));
    },
  };
}
