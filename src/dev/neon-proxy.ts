import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Stop } from './exit.ts';
import { parseAddress } from './neon/address.ts';
import { Counters, type NeonStats } from './neon/counters.ts';
import { createHttpSide } from './neon/http.ts';
import { Latency } from './neon/latency.ts';
import { passThrough } from './neon/passthrough.ts';
import { ConnectionPool } from './neon/pool.ts';
import { createSocketSide } from './neon/sockets.ts';

export interface NeonProxyOptions {
  /** A postgres:// URL; only its host and port matter, as each client logs in for itself. */
  postgres: string;
  /** 0, the default, is any free port. */
  port?: number;
  /** 127.0.0.1 by default: this is development equipment. */
  host?: string;
  /** Round-trip time to inject, in milliseconds. */
  latencyMs?: number;
}

export interface NeonProxy {
  readonly port: number;
  readonly host: string;
  /** Changes the round-trip time, in milliseconds, also of open connections. */
  setLatency(ms: number): void;
  /** The counters of one database, or of all. */
  stats(database?: string): NeonStats;
  /** Sets the counters of one database, or all of them, to zero. */
  resetStats(database?: string): void;
  /** Cancels what is under way and resolves when the port and every connection to Postgres are closed. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Neon's proxy in front of any Postgres. One port speaks three protocols, like Neon's own host:
 * `POST /sql`, WebSockets on any path, and plain Postgres. Throws Stop when the port cannot be had or the URL is bad.
 */
export async function startNeonProxy(options: NeonProxyOptions): Promise<NeonProxy> {
  const { host = '127.0.0.1', port = 0, latencyMs = 0 } = options;
  const address = parseAddress(options.postgres);
  const latency = new Latency(latencyMs);
  const counters = new Counters();
  const pool = new ConnectionPool(address);
  const http = createHttpSide({ pool, counters, latency });
  const webSockets = createSocketSide({ address, counters, latency });
  const sockets = new Set<Socket>();

  http.server.on('upgrade', (request, socket, head) => void webSockets.upgrade(request, socket, head));
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Until a protocol takes it over; 'close' follows.
    socket.on('error', () => {});
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      // A start-up packet begins with the high byte of its length; no HTTP method begins with a zero.
      if (first[0] === 0) passThrough(socket, address, latency);
      else http.server.emit('connection', socket);
      socket.resume();
    });
  });
  await listen(server, host, port);

  return {
    host,
    port: (server.address() as AddressInfo).port,
    setLatency: (ms) => latency.set(ms),
    stats: (database) => counters.stats(database),
    resetStats: (database) => counters.reset(database),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([http.close(), webSockets.close()]);
      for (const socket of sockets) socket.destroy();
      await Promise.all([closed, pool.close()]);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
      reject(new Stop(`the Neon proxy cannot listen on ${host}:${port}: ${reason}`));
    });
    server.listen(port, host, () => resolve());
  });
}
